import Dictionaries
public import API
public import Attribution
public import JSON

extension DictionaryEvaluation {
    /// The stages as the wire has them.
    public var wireStages: [ReconstructionStage] {
        stages.compactMap { stage in
            ReconstructionStage.Name(rawValue: stage.stage.rawValue).map { name in
                let share = recovered(stage)
                return ReconstructionStage(
                    stage: name, CE: stage.logits.CE.map { Float($0) }, CE_recovered: share?.value.map { Float($0) },
                    CE_recovered_denominator: share.map { Float($0.denominator) }, CE_recovered_is_defined: share?.value != nil,
                    KL_logits: Float(stage.logits.KL_logits),
                    heads: heads.map { head in
                        // Without variance to explain (one token) the share is 0/0.
                        let unexplained = stage.patterns.unexplained[head]
                        return ReconstructionStage.Head(
                            head: head, KL: Float(stage.patterns.kl[head]),
                            max_difference: Float(stage.patterns.greatestDifference[head]),
                            same_argmax: Float(stage.patterns.sameArgmax[head]),
                            unexplained: unexplained.isFinite ? Float(unexplained) : nil)
                    })
            }
        }
    }

    /// Everything that a dictionary's or a map's record keeps of its evaluation.
    public func record() throws -> JSON {
        var record: JSONObject = ["tokens": .integer(tokens)]
        record["CE"] = CE.map { .real($0) }
        record["CE_zero"] = CE_zero.map { .real($0) }
        record["L0_query"] = .real(L0_query)
        record["L0_key"] = .real(L0_key)
        record["live_query"] = .integer(liveQuery)
        record["live_key"] = .integer(liveKey)
        for (side, density) in [("query", densityQuery), ("key", densityKey)] {
            record["dead_\(side)"] = .integer(density.count { $0 == 0 })
            record["density_\(side)"] = DensityHistogram.json(density)
        }
        record["stages"] = try JSON(encoding: wireStages)
        return .object(record)
    }
}
