import API
import ArgumentParser
import Presentation

/// The feature pairs of a map.
struct Pairs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Feature pairs: lookup, top, examples.", subcommands: [Lookup.self, Top.self, Examples.self])

    struct Lookup: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one feature pair, head by head.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String
        @Argument(help: "The query feature.") var queryFeature: Int
        @Argument(help: "The key feature.") var keyFeature: Int

        func run() throws {
            let params = PairsLookup.Params(map: map, query_feature: queryFeature, key_feature: keyFeature)
            try global.run(PairsLookup.self, params) { result, style in
                result.heads.isEmpty ? "the map keeps this pair in no head\n" : Pairs.table(result.heads).text(style)
            }
        }
    }

    struct Top: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the strongest feature pairs.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Argument(help: "The map, as in m1.") var map: String
        @Option(help: ArgumentHelp("Only pairs with this query feature.", valueName: "feature")) var queryFeature: Int?
        @Option(help: ArgumentHelp("Only pairs with this key feature.", valueName: "feature")) var keyFeature: Int?
        @Option(name: [.long, .customShort("H")], help: ArgumentHelp("Only this head.", valueName: "head")) var head: Int?

        func run() throws {
            let params = PairsTop.Params(
                map: map, query_feature: queryFeature, key_feature: keyFeature, head: head, limit: paging.limit,
                cursor: paging.cursor)
            try global.run(PairsTop.self, params) { result, style in
                Pairs.table(result.pairs).text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    static func table(_ entries: [PairEntry]) -> Table {
        var table = Table([
            .numbers("query"), .numbers("key"), .numbers("head"), .numbers("M"), .numbers("mask"),
            .numbers("expected contribution"),
        ])
        for entry in entries {
            table.add([
                Table.Cell("q\(entry.query_feature)", .query), Table.Cell("k\(entry.key_feature)", .key),
                Table.Cell("\(entry.head)"),
                Table.Cell(entry.M.fixed(4, signed: true)), Table.Cell(entry.mask.fixed(3)),
                Table.Cell(entry.expected_contribution.fixed(4), .bold),
            ])
        }
        return table
    }
}
