/// What a job does; named after the method that starts it.
public enum JobKind: String, Codable, Sendable, CaseIterable {
    /// Trains a dictionary.
    case dictionariesTrain = "dictionaries.train"
    /// Evaluates a dictionary.
    case dictionariesEvaluate = "dictionaries.evaluate"
    /// Trains a map.
    case mapsTrain = "maps.train"
    /// Writes an activation cache.
    case cachesCreate = "caches.create"
    /// Collects the examples of a map.
    case examplesCollect = "examples.collect"
    /// Traces a task's prompts.
    case tracesCreate = "traces.create"
    /// Trains sparse autoencoders.
    case saesTrain = "saes.train"
    /// Evaluates a sparse autoencoder.
    case saesEvaluate = "saes.evaluate"
    /// Runs a study.
    case studiesRun = "studies.run"
}

extension JobKind {
    /// What it is on the wire.
    static let schema = Schema.string("The method that started it.", oneOf: allCases.map(\.rawValue))
}
