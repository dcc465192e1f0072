import API
import JSON
import Presentation
import Testing

/// Studies, and changes of features, as people read them.
@Suite struct StudyReportTests {
    private func report(_ kind: StudyKind, _ findings: StudyFindings) -> String {
        StudyReport(
            StudyInfo(
                study: "y3", kind: kind, model: "demo-4l", model_fingerprint: "f", saes: ["s1"], settings: [:], created_ms: 0,
                job: "j3", owner_uid: 0, findings: findings)
        ).text(.plain)
    }

    private func expect(_ words: [String], in text: String) {
        for word in words { #expect(text.contains(word), "\(word) is missing in\n\(text)") }
    }

    @Test func `families are counted, and each feature has its shares`() {
        let text = report(
            .families,
            StudyFindings(
                families: [
                    StudyFamilies(
                        sae: "s1", layer: 2, tokens: 4096, live: 1234, first: 1, induction: 22, local: 333, long_range: 878)
                ],
                features: [
                    StudyRole(
                        sae: "s1", layer: 2, feature: 17, active: 99, family: "long_range", first: 0, induction: 0.25,
                        local: 0.25,
                        long_range: 0.5, pieces: [" Mary"], head: 3, head_share: 0.75)
                ]))
        expect(["y3", "1,234", "333", "s1:17", "long-range", "2.3 " + Float(0.75).percent(0), "' Mary'"], in: text)
    }

    @Test func `heads have groups, and the share of those with several is said to be a proxy`() {
        let head = StudyHead(
            sae: "s1", layer: 1, head: 2, features: [3, 4, 5], shares: [0.9, 0.6, 0.6], groups: [[3, 4], [5]],
            pieces: [[" to"], [" a"]])
        expect(
            ["1.2", "3 of 3", "2: ", "1: ", Float(1).percent(0), "proxy"],
            in: report(.polysemanticity, StudyFindings(heads: [head], polysemantic: 1)))
    }

    @Test func `answers name whom a feature points to, what its removal does, and what a changed word does`() {
        let feature = StudyAnswerFeature(
            sae: "s1", layer: 1, place: "END", feature: 17, prompts: 50, activation: 1.5, head: 3, head_share: 0.5,
            points_to: "S2",
            sources: [.init(place: "S2", contribution: 1.25, strongest: 48)], drop: 0.5, drop_sd: 0.125, changed_prompts: 25,
            changed_activation: 0.75)
        let text = report(
            .answers,
            StudyFindings(
                answers: [feature], errors: [StudyError(sae: "s1", layer: 1, place: "END", drop: 0.0625, drop_sd: 0)],
                logit_difference: 3, prompts: 100, changed_prompts: 50))
        expect(
            [
                "100 prompts", "s1 (layer 1) at END", "S2 +1.25", Float(0.5).fixed(3, signed: true),
                Float(0.5).percent(0) + " 0.75",
                Float(0.0625).fixed(3),
            ], in: text)
    }

    @Test func `prefixes are sorted by what the heads reach`() {
        let text = report(
            .prefixes,
            StudyFindings(prefixes: [
                StudyPrefixHead(layer: 0, head: 0, scores: [0.01, 0.02]),
                StudyPrefixHead(layer: 1, head: 3, scores: [0.25, 0.75], needs: 2),
            ]))
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("0.0") || $0.hasPrefix("1.3") }
        #expect(lines.count == 2 && lines[0].hasPrefix("1.3") && lines[0].hasSuffix("2") && lines[1].hasSuffix("–"), "\(text)")
    }

    @Test func `a change of features tells what it met, the answers and the logits`() {
        let result = InterventionsFeatures.Result(
            model: "demo-4l", layers: [1, 2], prompts: 64, changed: 60,
            edits: [EditedFeature(sae: "s1", layer: 1, feature: 17, prompts: 60, active: 61, changed: 62, activation: 1.5)],
            KL_logits: 0.25, raised: [LogitChange(token: 5, piece: " Mary", logit: 1, logit_changed: 1.5)],
            lowered: [LogitChange(token: 6, piece: " John", logit: 2, logit_changed: 1.75)],
            answers: AnswerFigures(accuracy: 1, logit_difference: 3, logit_difference_sd: 0),
            answers_changed: AnswerFigures(accuracy: 0.5, logit_difference: 1, logit_difference_sd: 0), drop: 2, drop_sd: 0)
        expect(
            [
                "layers 1, 2", "64 prompts", "17", "61", "62", "' Mary'", Float(0.5).fixed(3, signed: true),
                Float(-0.25).fixed(3, signed: true), Float(-2).fixed(3, signed: true), Float(0.5).percent(),
            ], in: FeatureInterventionReport(result).text(.plain))
    }
}
