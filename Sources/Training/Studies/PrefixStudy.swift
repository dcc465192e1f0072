import API
import Artifacts
import Attribution
import Checkpoints
import GPT2
import Systemd
import Tensors
import Tokenizer

/// How long a repeated prefix heads need before they look where it was followed.
struct PrefixStudy {
    let workplace: Workplace
    let params: StudiesRun.Params
    let model: LoadedModel

    /// Texts that go through the model at once: a fraction of a second of GPT-2 small.
    private static let textsAtOnce = 8
    /// A head whose best score is below this does not do it at all.
    private static let leastScore = 0.1

    /// Asks with each length.
    func run() throws -> StudyFindings {
        let c = model.gpt2.configuration, T = params.length ?? c.n_ctx
        var generator = RandomGenerator(seed: UInt64(params.seed)), scores: [[Double]] = []
        var reporter = ProgressReporter(stage: "texts", steps: params.longest * params.samples, tokensPerStep: T)
        for prefix in 1...params.longest {
            var study = PrefixInduction(model.gpt2)
            for first in stride(from: 0, to: params.samples, by: Self.textsAtOnce) {
                try Termination.check()
                let count = min(Self.textsAtOnce, params.samples - first)
                try study.add(
                    (0..<count).map { _ in
                        PrefixInduction.Trial(
                            T: T, prefix: prefix, bos: model.tokenizer.bos ?? 0, d_vocab: c.d_vocab, using: &generator)
                    })
                FaultPoint.reached("study")
                try reporter.report((prefix - 1) * params.samples + first + count, metrics: [:])
            }
            scores.append(study.scores)
        }
        let heads = (0..<c.n_layers * c.n_heads).map { place in
            let own = scores.map { $0[place] }, best = own.max() ?? 0
            let needs = own.firstIndex { $0 >= best / 2 }.map { $0 + 1 }
            return StudyPrefixHead(
                layer: place / c.n_heads, head: place % c.n_heads, scores: own.map { Float($0) },
                needs: best >= Self.leastScore ? needs : nil)
        }
        return StudyFindings(prefixes: heads)
    }
}
