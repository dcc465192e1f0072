public import API
public import ArgumentParser
import Presentation

extension PairOrder: ExpressibleByArgument {}

/// The feature pairs of a map.
struct Pairs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Feature pairs: lookup, top, shared, examples.",
        subcommands: [Lookup.self, Top.self, Shared.self, Examples.self])

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
        static let configuration = CommandConfiguration(
            abstract: "List the strongest feature pairs.", discussion: "Example: qklens pairs top m1 --head 2 --min-mask 0.5")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Argument(help: "The map, as in m1.") var map: String
        @Option(help: ArgumentHelp("Only pairs with this query feature.", valueName: "feature")) var queryFeature: Int?
        @Option(help: ArgumentHelp("Only pairs with this key feature.", valueName: "feature")) var keyFeature: Int?
        @Option(name: [.long, .customShort("H")], help: ArgumentHelp("Only this head.", valueName: "head")) var head: Int?
        @Option(help: ArgumentHelp("Only entries with at least this expected contribution.", valueName: "x"))
        var minContribution: Float?
        @Option(help: ArgumentHelp("Only entries with at least this mask.", valueName: "x")) var minMask: Float?
        @Option(help: "What ranks them: expected_contribution, M (times its mask) or mask.")
        var order = PairOrder.expected_contribution

        func run() throws {
            let params = PairsTop.Params(
                map: map, query_feature: queryFeature, key_feature: keyFeature, head: head, min_contribution: minContribution,
                min_mask: minMask, order: order, limit: paging.limit, cursor: paging.cursor)
            try global.run(PairsTop.self, params) { result, style in
                Pairs.table(result.pairs).text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    struct Shared: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the feature pairs that several heads use.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Argument(help: "The map, as in m1.") var map: String
        @Option(help: ArgumentHelp("Only pairs with an entry in at least so many heads.", valueName: "n")) var minHeads = 2

        func run() throws {
            let params = PairsShared.Params(map: map, min_heads: minHeads, limit: paging.limit, cursor: paging.cursor)
            try global.run(PairsShared.self, params) { result, style in
                if result.total == 0 { return "no pair of \(result.map) is used by \(minHeads) heads\n" }
                let count = "\(result.total.grouped) pairs of \(result.map) are used by at least \(minHeads) heads\n"
                return style.apply(.dim, to: count) + Pairs.table(result.pairs).text(style)
                    + PagingOptions.note(result.next_cursor, style)
            }
        }
    }

    /// Pairs with the heads that use them.
    static func table(_ pairs: [SharedPair]) -> Table {
        var table = Table([
            .numbers("query"), .numbers("key"), .numbers("expected contribution"), .words("heads, the strongest first"),
        ])
        for pair in pairs {
            let heads = zip(pair.heads, pair.contributions).sorted { $0.1 > $1.1 }.map { "\($0) (\($1.fixed(4)))" }
            table.add([
                Table.Cell("q\(pair.query_feature)", .query), Table.Cell("k\(pair.key_feature)", .key),
                Table.Cell(pair.expected_contribution.fixed(4), .bold), Table.Cell(heads.joined(separator: ", ")),
            ])
        }
        return table
    }

    /// Entries with their numbers.
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
