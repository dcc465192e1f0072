import API
import Presentation
import Testing

@Suite struct TraceReportTests {
    private static func reading(_ side: TraceSide, _ total: Float, kept: Float, terms: Int = 2) -> TraceReading {
        TraceReading(side: side, terms: terms, total: total, offset: 0, kept: kept, remainder: total - kept, residual: 0)
    }

    private static let graph = TraceGraphInfo(
        text: "a b\u{1B}[31m", tokens: [0, 7, 8], pieces: ["<bos>", " a", " b"], roots: [0],
        nodes: [
            TraceNode(
                kind: .look, layer: 1, head: 3, position: 2, role: "END", source: 1, attention: 0.5, attn_score: 2, depth: 0,
                readings: [reading(.destination, 4, kept: 3), reading(.source, 2, kept: 1, terms: 1)]),
            TraceNode(
                kind: .look, layer: 0, head: 2, position: 2, role: "END", source: 1, attention: 0.9, attn_score: 3, depth: 1,
                readings: [reading(.destination, 1, kept: 1)]),
            TraceNode(kind: .embedding, position: 1, depth: 1, readings: []),
            TraceNode(kind: .mlp, layer: 0, position: 2, role: "END", depth: 1, readings: []),
        ],
        links: [
            TraceLink(upstream: 1, downstream: 0, side: .destination, weight: 2),
            TraceLink(upstream: 3, downstream: 0, side: .destination, weight: 1),
            TraceLink(upstream: 2, downstream: 0, side: .source, weight: 1),
            TraceLink(upstream: 2, downstream: 1, side: .destination, weight: 1),
        ], is_truncated: false)

    @Test func `a graph is told from the look down to what it rests on`() {
        #expect(
            TraceReport(Self.graph).text(.plain) == """
                a·b␛[31m
                1.3 from ·b (END) at ·a (1), attention 50.0 %
                  reads at ·b (END): 4.000 by 2 singular vectors, links 3.000, remainder 1.000
                       2.000  0.2 from ·b (END) at ·a (1), attention 90.0 %
                          reads at ·b (END): 1.000 by 2 singular vectors, links 1.000, remainder 0.000
                               1.000  embedding of ·a (1)
                       1.000  MLP 0 at ·b (END)
                  reads at ·a (1): 2.000 by 1 singular vector, links 1.000, remainder 1.000
                       1.000  embedding of ·a (1)
                4 nodes, 4 links

                """)
    }

    @Test func `a look that is not taken apart says so, and a graph cut short too`() {
        var graph = Self.graph
        graph.nodes = [graph.nodes[3]]
        graph.links = []
        graph.is_truncated = true
        let text = TraceReport(graph).text(.plain)
        #expect(
            text.contains("does not look there enough") && text.contains("not everything") && text.contains("1 node, 0 links"))
    }

    @Test func `edges are a table, the frequent ones set off`() {
        let edges = [
            TraceEdge(
                kind: .head, layer: 8, head: 6, role: "END", downstream_layer: 9, downstream_head: 9, side: .destination,
                prompts: 191, weight: 4),
            TraceEdge(kind: .mlp, layer: 0, role: "other", side: .logits, prompts: 2, weight: 0.25),
        ]
        #expect(
            TraceEdgeReport(edges, prompts: 256).text(.plain) == """
                prompts  weight  writes  at     having looked at  read by  as
                    191   4.000  8.6     END                      9.9      destination
                      2   0.250  MLP 0   other                    logits   logits

                """)
        #expect(TraceEdgeReport([], prompts: 3).text(.plain) == "no links\n")
    }

    @Test func `an intervention stands beside its control`() {
        let effect = SignalEffect(attention: 0.6, attention_changed: 0.1, attn_score_change: -2, drop: 1.5, drop_sd: 0.2)
        let control = SignalEffect(attention: 0.6, attention_changed: 0.58, attn_score_change: -0.1, drop: 0.1, drop_sd: 0)
        let result = InterventionsSignal.Result(
            model: "demo-4l", mode: .score_sum, prompts: 60, changed: 28, terms: 3.5, cosine: 0.9, norm_ratio: 0.8,
            answers: AnswerFigures(accuracy: 1, logit_difference: 9.8, logit_difference_sd: 1), effect: effect, control: control)
        #expect(
            SignalInterventionReport(result).text(.plain) == """
                demo-4l, score_sum: 60 prompts, the head looks there in 28
                  signal of 3.5 singular vectors; upstream outputs keep a cosine of 0.900 and 80.0 % of their length
                                     model  changed  control
                  attention         60.0 %   10.0 %   58.0 %
                  score                      −2.000   −0.100
                  logit difference   9.800   −1.500   −0.100

                """)
        var silent = result
        silent.changed = 0
        #expect(SignalInterventionReport(silent).text(.plain) == "demo-4l, score_sum: 60 prompts, the head looks there in 0\n")
    }
}
