import API
import Artifacts
import Attribution
import Dictionaries
import GPT2

/// Whether the features that each head writes do one thing or several.
struct HeadStudy {
    let workplace: Workplace
    let params: StudiesRun.Params
    let model: LoadedModel

    /// Reads the text once for each autoencoder.
    func run(_ infos: [SAEInfo]) throws -> StudyFindings {
        var heads: [StudyHead] = []
        for info in infos {
            let sae = try workplace.studied(info)
            let features = (0..<info.n_heads).map {
                RoleClusters.features(of: $0, shares: sae.shares, count: params.top_features)
            }
            let roles = try workplace.roles(sae, params, model, following: Set(features.joined()))
            for (head, features) in features.enumerated() {
                let groups = RoleClusters.groups(features, in: roles, threshold: params.likeness)
                heads.append(
                    StudyHead(
                        sae: info.sae, layer: info.layer, head: head, features: features.map { Int($0) },
                        shares: features.map { Float(sae.shares[Int($0)][head]) },
                        groups: groups.map { $0.map { Int($0) } }, pieces: groups.map { pieces($0, roles) }))
            }
        }
        let counted = heads.filter { $0.groups.joined().count > 1 }
        let several = counted.count { $0.groups.count > 1 }
        return StudyFindings(heads: heads, polysemantic: counted.isEmpty ? nil : Float(several) / Float(counted.count))
    }

    /// The tokens at which a group's features are most often active.
    private func pieces(_ group: [Int32], _ roles: FeatureRoles) -> [String] {
        var counts: [Int32: Int] = [:]
        for feature in group { counts.merge(roles.roles[feature]?.tokens ?? [:]) { $0 + $1 } }
        return counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(FamilyStudy.pieces).map { model.piece($0.key) }
    }
}
