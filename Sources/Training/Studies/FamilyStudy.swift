import API
import Artifacts
import Attribution
import Dictionaries
import GPT2
import Systemd
import Tensors
import Tokenizer

/// Where the features of each autoencoder come from.
struct FamilyStudy {
    let workplace: Workplace
    let params: StudiesRun.Params
    let model: LoadedModel

    /// The tokens of a feature that are told.
    static let pieces = 4

    /// Reads the text once for each autoencoder.
    func run(_ infos: [SAEInfo]) throws -> StudyFindings {
        var families: [StudyFamilies] = [], told: [StudyRole] = []
        for info in infos {
            let sae = try workplace.studied(info)
            let roles = try workplace.roles(sae, params, model, following: nil)
            var counts = [Int](repeating: 0, count: SourceKind.allCases.count)
            for role in roles.roles.values { if let family = role.family { counts[family.rawValue] += 1 } }
            families.append(
                StudyFamilies(
                    sae: info.sae, layer: info.layer, tokens: roles.tokens, live: roles.roles.count,
                    first: counts[SourceKind.first.rawValue], induction: counts[SourceKind.induction.rawValue],
                    local: counts[SourceKind.local.rawValue], long_range: counts[SourceKind.long_range.rawValue]))
            let order = roles.roles.sorted { ($0.value.active, $1.key) > ($1.value.active, $0.key) }
            told += order.prefix(params.limit ?? order.count).map { described($0.key, $0.value, sae) }
        }
        return StudyFindings(families: families, features: told)
    }

    private func described(_ feature: Int32, _ role: FeatureRole, _ sae: StudyJob.Studied) -> StudyRole {
        let head = sae.strongestHead(feature)
        return StudyRole(
            sae: sae.info.sae, layer: sae.info.layer, feature: Int(feature), active: role.active,
            family: role.family.map { "\($0)" }, first: Float(role.share(.first)), induction: Float(role.share(.induction)),
            local: Float(role.share(.local)), long_range: Float(role.share(.long_range)),
            pieces: role.mostFrequent(Self.pieces).map(model.piece), head: head.head, head_share: Float(head.share))
    }
}

extension FeatureRole {
    /// The tokens at which the feature is most often active.
    func mostFrequent(_ count: Int) -> [Int32] {
        tokens.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(count).map(\.key)
    }
}

extension LoadedModel {
    /// A token as people read it; an id beyond the tokenizer's is empty.
    func piece(_ token: Int32) -> String { (try? tokenizer.piece(token)) ?? "" }
}

extension StudyJob.Studied {
    /// An autoencoder with the shares of its features.
    init(info: SAEInfo, weights: Autoencoder) {
        self.init(
            info: info, weights: weights,
            shares: (0..<info.d_sae).map { FeatureEffects.headShares(weights, feature: $0, n_heads: info.n_heads) })
    }

    /// The head that writes most of a feature.
    func strongestHead(_ feature: Int32) -> (head: Int, share: Double) {
        let own = shares[Int(feature)]
        return own.indices.max { own[$0] < own[$1] }.map { ($0, own[$0]) } ?? (0, 0)
    }
}

extension Workplace {
    /// What an autoencoder's features do in a study's text.
    func roles(
        _ sae: StudyJob.Studied, _ params: StudiesRun.Params, _ model: LoadedModel, following followed: Set<Int32>?
    ) throws -> FeatureRoles {
        let contexts = try contexts(of: params, model, T: sae.info.context)
        var roles = FeatureRoles(
            model.gpt2, layer: sae.info.layer, sae.weights, localDistance: params.local_distance, following: followed)
        var reporter = ProgressReporter(stage: sae.info.sae, steps: contexts.count, tokensPerStep: contexts.T)
        for number in 0..<contexts.count {
            try Termination.check()
            try roles.add(try contexts.context(number))
            FaultPoint.reached("study")
            try reporter.report(number + 1, metrics: ["features": Double(roles.roles.count)])
        }
        return roles
    }
}
