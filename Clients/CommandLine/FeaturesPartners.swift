import API
import ArgumentParser
import Presentation

extension Features {
    struct Partners: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the features that a map pairs a feature with.",
            discussion: "Example: qklens features partners m1 key 301")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var paging: PagingOptions
        @Argument(help: "The map, as in m1.") var map: String
        @Argument(help: "The feature's side: query or key.") var side: FeatureSide
        @Argument(help: "The feature.") var feature: Int
        @Option(name: [.long, .customShort("H")], help: ArgumentHelp("Only this head.", valueName: "head")) var head: Int?

        func run() throws {
            let params = FeaturesPartners.Params(
                map: map, side: side, feature: feature, head: head, limit: paging.limit, cursor: paging.cursor)
            try global.run(FeaturesPartners.self, params) { result, style in
                let name = "\(side == .query ? "q" : "k")\(feature)", other = side == .query ? "key" : "query"
                if result.total == 0 { return "\(result.map) pairs \(name) with no \(other) feature\n" }
                return style.apply(.dim, to: "\(result.map) pairs \(name) with \(result.total.grouped) \(other) features\n")
                    + Pairs.table(result.partners).text(style) + PagingOptions.note(result.next_cursor, style)
            }
        }
    }
}
