import API
import ArgumentParser
import JSON
import Presentation

/// Trains a dictionary and, if wanted, a map on it: the short form that people type.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a dictionary for a layer, and a map on it.",
        discussion: """
            Ctrl-C leaves the job alone and says how to come back to it.

            Example: qklens train --layer 0 --map
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var training: DictionaryTrainingOptions
    @OptionGroup var job: JobOptions
    @Flag(help: "Train a map on the dictionary afterwards, with the defaults of 'qklens maps train'.") var map = false

    func validate() throws {
        guard !map || job.attendance != .detach else {
            throw ValidationError("--map needs the finished dictionary: leave --detach out, or use 'qklens maps train' later.")
        }
        guard !map || !job.dryRun else {
            throw ValidationError("--map needs the dictionary: 'qklens maps train DICTIONARY --dry-run' estimates it.")
        }
    }

    func run() throws {
        let session = try global.connect()
        guard let ended = try session.submit(DictionariesTrain.self, training.params(dryRun: job.dryRun), job.effectiveAttendance)
        else { return }
        try session.showResult(of: ended)
        guard map, let dictionary = ended.result?.dictionary else { return }
        let params = MapsTrain.Params(dictionary: dictionary, corpus: training.corpus.path)
        guard let trained = try session.submit(MapsTrain.self, params, job.effectiveAttendance) else { return }
        if !session.printsJSON { Terminal.write("\n") }
        try session.showResult(of: trained)
    }
}

extension Session {
    /// Prints what a finished job has made: as JSON the job itself, else the dictionary or map as facts.
    func showResult(of job: JobInfo) throws {
        if printsJSON { return Session.show(try JSON(encoding: job)) }
        if let dictionary = job.result?.dictionary, job.kind == .dictionariesTrain {
            try show(DictionariesGet.self, DictionariesGet.Params(dictionary: dictionary)) { $0.sheet.text($1) }
        } else if let map = job.result?.map {
            try show(MapsGet.self, MapsGet.Params(map: map)) { $0.sheet.text($1) }
        } else {
            Terminal.write("\(job.job) \(job.state.rawValue)\n")
        }
    }
}
