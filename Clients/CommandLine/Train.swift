import API
import ArgumentParser
import JSON
import Presentation

/// Trains a dictionary and, if wanted, a map on it: the short form that people type.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train dictionaries for one layer or several, and a map on each.",
        discussion: """
            Ctrl-C leaves the job alone and says how to come back to it.

            Examples: qklens train --layers 0 --map
                      qklens train --model gpt2 --layers 0-11 --d-sae 2400,4096 --corpus text.txt --dry-run
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var training: DictionaryTrainingOptions
    @OptionGroup var job: JobOptions
    @Flag(help: "Train a map on each dictionary afterwards, with the defaults of 'qklens maps train'.") var map = false

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
        guard map else { return }
        for dictionary in ended.result?.dictionaries ?? [] {
            let params = MapsTrain.Params(
                dictionary: dictionary, corpus: training.corpus.path, text_field: training.corpus.textField)
            guard let trained = try session.submit(MapsTrain.self, params, job.effectiveAttendance) else { return }
            if !session.printsJSON { Terminal.write("\n") }
            try session.showResult(of: trained)
        }
    }
}

extension Session {
    /// Prints what a finished job has made: as JSON the job itself, else each dictionary, the map, the cache or the trace as facts.
    func showResult(of job: JobInfo) throws {
        if printsJSON { return Session.show(try JSON(encoding: job)) }
        if let dictionaries = job.result?.dictionaries {
            for (number, dictionary) in dictionaries.enumerated() {
                if number > 0 { Terminal.write("\n") }
                try show(DictionariesGet.self, DictionariesGet.Params(dictionary: dictionary)) { $0.sheet.text($1) }
            }
        } else if let dictionary = job.result?.dictionary {
            try show(DictionariesGet.self, DictionariesGet.Params(dictionary: dictionary)) { $0.sheet.text($1) }
        } else if let map = job.result?.map {
            try show(MapsGet.self, MapsGet.Params(map: map)) { $0.sheet.text($1) }
        } else if let saes = job.result?.saes {
            for (number, sae) in saes.enumerated() {
                if number > 0 { Terminal.write("\n") }
                try show(SAEsGet.self, SAEsGet.Params(sae: sae)) { $0.sheet.text($1) }
            }
        } else if let cache = job.result?.cache {
            try show(CachesGet.self, CachesGet.Params(cache: cache)) { $0.sheet.text($1) }
        } else if let trace = job.result?.trace {
            try show(TracesGet.self, TracesGet.Params(trace: trace, limit: 20)) { $0.text($1) }
        } else if let study = job.result?.study {
            try show(StudiesGet.self, StudiesGet.Params(study: study)) { StudyReport($0).text($1) }
        } else {
            Terminal.write("\(job.job) \(job.state.rawValue)\n")
        }
    }
}
