import API
import Checkpoints
import Client
import Foundation
import JSON
import JSONRPC
import Tensors
import Testing

/// The same arrays as lists, in a file and in memory.
@Suite(.timeLimit(.minutes(3))) struct TensorTests {
    private static let names = ["blocks.1.attn.hook_pattern", "blocks.1.attn.hook_attn_scores", "blocks.2.hook_resid_pre"]
    private static let capture: JSON = ["text": "When John and Mary went", "names": .array(names.map { .string($0) })]

    /// A call whose arrays come in memory: the result and the memory's descriptor.
    private func callForMemory<M: Method>(
        _ daemon: LiveDaemon, _ method: M.Type, _ params: JSON, _ tensors: (M.Result) -> TensorFile?
    ) throws -> (result: M.Result, descriptor: Int32) {
        let (json, attachments) = try daemon.client().callWithAttachments(M.name, params.merging(["tensors": "memfd"]))
        #expect(M.result.validate(json, at: "result").isEmpty && attachments.count == 1)
        let result = try json.decode(M.Result.self), found = try #require(tensors(result))
        #expect(found.descriptor == 0 && found.path == nil && found.format == .safetensors)
        let descriptor = withExtendedLifetime(attachments) { dup(attachments[0].descriptor) }
        var status = stat()
        #expect(unsafe fstat(descriptor, &status) == 0 && Int(status.st_size) == found.bytes)
        #expect(lseek(descriptor, 0, SEEK_CUR) == 0)
        #expect(unsafe write(descriptor, "x", 1) == -1 && errno == EPERM)
        return (result, descriptor)
    }

    @Test func `activations are the same numbers in all three ways`() throws {
        let daemon = try LiveDaemon()
        let listed = try daemon.call(ActivationsCapture.self, Self.capture)
        #expect(listed.tensors == nil)
        let (result, descriptor) = try callForMemory(daemon, ActivationsCapture.self, Self.capture) { $0.tensors }
        let memory = try SafetensorsFile(owning: descriptor, named: "memory")
        #expect(result.tensors?.names == Self.names && result.tokens == listed.tokens)
        let path = daemon.home.appending(path: "out.safetensors").path
        let saved = try daemon.call(
            ActivationsCapture.self, Self.capture.merging(["tensors": "file", "path": .string(path)]))
        #expect(saved.tensors?.path == path && saved.tensors?.bytes == result.tensors?.bytes)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int == saved.tensors?.bytes)
        let file = try SafetensorsFile(path)
        for (activation, shown) in zip(listed.activations, saved.activations) {
            #expect(shown.values == nil && shown.shape == activation.shape && shown.axes == activation.axes)
            let found = try memory.tensor(activation.name), written = try file.tensor(activation.name)
            #expect(found.shape == activation.shape)
            #expect(found.values.map(\.bitPattern) == written.values.map(\.bitPattern))
            // Nine significant digits are the very number; null stands for what is not finite.
            let numbers = try #require(activation.values).flattened
            #expect(numbers.count == found.count)
            for (number, value) in zip(numbers, found.values) { #expect(number.map { Float($0) == value } ?? !value.isFinite) }
        }
        #expect(daemon.end() == 0)
    }

    @Test func `patterns and reconstructions have their heads in the order asked for`() throws {
        let daemon = try LiveDaemon()
        let params: JSON = ["text": "When John and Mary went", "layer": 1, "heads": [3, 0]]
        let listed = try daemon.call(AttentionPattern.self, params)
        let (shown, descriptor) = try callForMemory(daemon, AttentionPattern.self, params) { $0.tensors }
        let memory = try SafetensorsFile(owning: descriptor, named: "memory")
        #expect(shown.heads.map(\.head) == [3, 0] && shown.heads.allSatisfy { $0.pattern == nil && $0.attn_scores == nil })
        let pattern = try memory.tensor("blocks.1.attn.hook_pattern"),
            scores = try memory.tensor("blocks.1.attn.hook_attn_scores")
        let T = listed.tokens.count
        #expect(pattern.shape == [2, T, T] && scores.shape == [2, T, T])
        #expect(listed.heads.flatMap { $0.pattern ?? [] }.joined().map { $0 ?? 0 } == pattern.values)
        #expect(listed.heads.flatMap { $0.attn_scores ?? [] }.joined().map { $0 ?? -.infinity } == scores.values)

        _ = try daemon.run(DictionariesTrain.self, ExportTests.training)
        let reconstruct: JSON = ["text": "When John and Mary went", "dictionary": "d1", "heads": [2]]
        let full = try daemon.call(AttentionReconstruct.self, reconstruct.merging(["include_patterns": true]))
        let (brief, second) = try callForMemory(daemon, AttentionReconstruct.self, reconstruct) { $0.tensors }
        let stages = try SafetensorsFile(owning: second, named: "memory")
        #expect(brief.patterns == nil && brief.stages == full.stages && brief.tensors?.names == ["true", "transcoders"])
        let head = try #require(full.patterns?.first)
        #expect(try stages.tensor("true").values == head.true.joined().map { $0 ?? 0 })
        #expect(try stages.tensor("transcoders").values == head.transcoders.joined().map { $0 ?? 0 })
    }

    @Test func `a npy file holds one array, and contradictions are refused by name`() throws {
        let daemon = try LiveDaemon()
        let path = daemon.home.appending(path: "one.npy").path
        let one: JSON = ["text": "When", "names": ["blocks.0.hook_resid_pre"]]
        let saved = try daemon.call(ActivationsCapture.self, one.merging(["tensors": "file", "path": .string(path)]))
        #expect(saved.tensors?.format == .npy)
        #expect(try NumPyFile.read(path, as: Float.self).shape == saved.activations[0].shape)
        let before = try daemon.descriptors()
        for (params, part) in [
            (one.merging(["tensors": "file"]), "path is missing"), (one.merging(["path": .string(path)]), "path is for"),
            (one.merging(["format": "npy"]), "format is for"), (one.merging(["tensors": "shm"]), "tensors"),
            (Self.capture.merging(["tensors": "memfd", "format": "npy"]), "holds one array"),
            (one.merging(["names": ["logits", "logits"], "tensors": "memfd"]), "twice"),
        ] {
            let error = try daemon.error("activations.capture", params)
            #expect(error.kind == "invalid_params" && error.message.contains(part), "\(params): \(error)")
        }
        #expect(try daemon.holdsAtMost(before))
    }

    @Test func `the command writes arrays with its own hands`() throws {
        let daemon = try LiveDaemon()
        let path = daemon.home.appending(path: "mine.safetensors").path
        func run(_ arguments: [String]) throws -> (status: Int32, errors: String) {
            let process = Process(), errors = Pipe()
            process.executableURL = LiveDaemon.programs.appending(path: "qklens")
            process.arguments = arguments + ["--socket", daemon.socket]
            (process.standardError, process.standardOutput) = (errors, Pipe())
            try process.run()
            let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }
        let capture = ["activations", "capture", "When John", "--name", "blocks.0.hook_resid_pre", "--out", path]
        let first = try run(capture)
        #expect(first.status == 0 && first.errors.contains("wrote \(path)"), "\(first)")
        #expect(try SafetensorsFile(path).tensor("blocks.0.hook_resid_pre").shape == [3, 128])
        let second = try run(capture)
        #expect(second.status == 1 && second.errors.contains("File exists"), "\(second)")
        let pattern = daemon.home.appending(path: "pattern.safetensors").path
        #expect(try run(["attention", "pattern", "When John", "--layer", "0", "--out", pattern]).status == 0)
        #expect(try SafetensorsFile(pattern).tensor("blocks.0.attn.hook_pattern").shape == [4, 3, 3])
        #expect(try run(capture.dropLast() + ["x.txt"]).status == 64)
    }
}

extension JSON {
    /// An object with more members.
    fileprivate func merging(_ others: JSON) -> JSON {
        var object = object ?? [:]
        for (name, value) in others.object ?? [:] { object[name] = value }
        return .object(object)
    }

    /// The numbers of nested lists, nil for null.
    fileprivate var flattened: [Double?] { array?.flatMap(\.flattened) ?? [number] }
}
