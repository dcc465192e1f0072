public import API

/// What a study has found, as tables.
public struct StudyReport: Sendable {
    private let study: StudyInfo
    private let findings: StudyFindings

    /// A report.
    public init(_ study: StudyInfo) { (self.study, findings) = (study, study.findings ?? StudyFindings()) }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        let of = study.saes.isEmpty ? "" : " of \(study.saes.joined(separator: ", "))"
        let title = "\(style.apply(.bold, to: study.study)): \(study.kind.rawValue)\(of), \(study.model)\n\n"
        return title + body(style)
    }

    private func body(_ style: Style) -> String {
        switch study.kind {
        case .families: families(style) + "\n" + roles(style)
        case .polysemanticity: heads(style)
        case .answers: answers(style)
        case .prefixes: prefixes(style)
        }
    }

    private func families(_ style: Style) -> String {
        var table = Table([
            .words("sae"), .numbers("layer"), .numbers("live"), .numbers("first token"), .numbers("induction"), .numbers("local"),
            .numbers("long-range"),
        ])
        for family in findings.families ?? [] {
            let counts = [family.live, family.first, family.induction, family.local, family.long_range]
            table.add([Table.Cell(family.sae), Table.Cell("\(family.layer)")] + counts.map { Table.Cell($0.grouped) })
        }
        return "Features by what gives them most:\n" + table.text(style, indent: 2)
    }

    private func roles(_ style: Style) -> String {
        var table = Table([
            .words("feature"), .numbers("active"), .words("family"), .numbers("first"), .numbers("induction"), .numbers("local"),
            .numbers("long-range"), .words("written by"), .words("at"),
        ])
        for role in findings.features ?? [] {
            let shares = [role.first, role.induction, role.local, role.long_range]
            table.add(
                [
                    Table.Cell("\(role.sae):\(role.feature)", .bold), Table.Cell(role.active.grouped),
                    Table.Cell(role.family.map { $0 == "long_range" ? "long-range" : $0 } ?? "–"),
                ] + shares.map { Table.Cell($0.percent(0)) } + [
                    Table.Cell("\(role.layer).\(role.head) \(role.head_share.percent(0))"),
                    Table.Cell(role.pieces.map(\.quotedPiece).joined(separator: " "), .dim),
                ])
        }
        return table.text(style, indent: 2)
    }

    private func heads(_ style: Style) -> String {
        var table = Table([
            .words("head"), .numbers("share"), .numbers("live"), .numbers("groups"), .words("at what tokens, group by group"),
        ])
        for head in findings.heads ?? [] {
            let live = head.groups.joined().count
            let groups = zip(head.groups, head.pieces).map { group, pieces in
                "\(group.count): " + pieces.map(\.quotedPiece).joined(separator: " ")
            }
            table.add([
                Table.Cell("\(head.layer).\(head.head)", .bold),
                Table.Cell((head.shares.reduce(0, +) / Float(max(head.shares.count, 1))).percent(0)),
                Table.Cell("\(live) of \(head.features.count)"), Table.Cell("\(head.groups.count)", .bold),
                Table.Cell(groups.prefix(Self.groupsShown).joined(separator: "; "), .dim),
            ])
        }
        let share = findings.polysemantic.map {
            "\n\($0.percent(0)) of the heads with two live features or more have two groups or more. A proxy: groups are of features "
                + "alike in tokens, source distances and common activity.\n"
        }
        return table.text(style) + (share ?? "")
    }

    /// Groups of a head that fit a line.
    private static let groupsShown = 3
}

extension StudyReport {
    private func answers(_ style: Style) -> String {
        let prompts = findings.prompts ?? 0, changed = findings.changed_prompts ?? 0
        var text = "\(prompts.grouped) prompts, logit difference \(findings.logit_difference?.fixed(3) ?? "–")"
        text += changed > 0 ? "; \(changed.grouped) of them with a word changed\n" : "\n"
        for error in findings.errors ?? [] {
            let features = (findings.answers ?? []).filter { $0.sae == error.sae && $0.place == error.place }
            text += "\n\(style.apply(.bold, to: "\(error.sae) (layer \(error.layer)) at \(error.place)")); without its error the "
            text += "logit difference falls by \(error.drop.fixed(3))\n"
            text += table(features, prompts, changed).text(style, indent: 2)
        }
        return text
    }

    private func table(_ features: [StudyAnswerFeature], _ prompts: Int, _ changed: Int) -> Table {
        var table = Table([
            .numbers("feature"), .numbers("active in"), .numbers("activation"), .words("written by"), .words("points to"),
            .words("given by"), .numbers("drop"), .numbers("sd"), .numbers(changed > 0 ? "word changed" : ""),
        ])
        for feature in features {
            let sources = feature.sources.prefix(Self.sourcesShown).map {
                "\($0.place) \($0.contribution.fixed(2, signed: true))"
            }
            let after = feature.changed_prompts.map { prompts in
                "\((Float(prompts) / Float(max(changed, 1))).percent(0)) \((feature.changed_activation ?? 0).fixed(2))"
            }
            table.add([
                Table.Cell("\(feature.feature)", .bold),
                Table.Cell((Float(feature.prompts) / Float(max(prompts, 1))).percent(0)), Table.Cell(feature.activation.fixed(2)),
                Table.Cell("\(feature.layer).\(feature.head) \(feature.head_share.percent(0))"),
                Table.Cell(feature.points_to, .key), Table.Cell(sources.joined(separator: ", "), .dim),
                Table.Cell(feature.drop.fixed(3, signed: true), .bold), Table.Cell(feature.drop_sd.fixed(3)),
                Table.Cell(after ?? ""),
            ])
        }
        return table
    }

    /// Places that fit a line.
    private static let sourcesShown = 3

    private func prefixes(_ style: Style) -> String {
        let heads = findings.prefixes ?? [], lengths = heads.first?.scores.count ?? 0
        var table = Table([.words("head")] + (0..<lengths).map { .numbers("p = \($0 + 1)") } + [.numbers("needs")])
        let best = { (head: StudyPrefixHead) in head.scores.max() ?? 0 }
        for head in heads.sorted(by: { best($0) > best($1) }) {
            table.add(
                [Table.Cell("\(head.layer).\(head.head)", .bold)] + head.scores.map { Table.Cell($0.percent()) } + [
                    Table.Cell(head.needs.map(String.init) ?? "–", .bold)
                ])
        }
        return "Attention to the token after a copied prefix of p tokens; needs: the shortest p that gives half of the best.\n\n"
            + table.text(style)
    }
}
