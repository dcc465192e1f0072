import API
import Artifacts
import Checkpoints
import Dictionaries
import Foundation
import JSON
import Tensors
import Testing

/// The embedded model and the folders that Tests/References/saelens/make_imports.py wrote.
enum ImportFixtures {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()

    static let model: LoadedModel? = {
        let sources = root.deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")
        return try? LoadedModel(
            name: "demo-4l", directory: .own(sources.appending(path: "Daemon/Models/demo-4l").path), isEmbedded: true)
    }()

    static func path(_ name: String) -> String { root.appending(path: "Fixtures/\(name)").path }

    static func sae(_ name: String, processing: WeightProcessing? = nil) throws -> ImportedSAE {
        let path = path(name == "hook_z_kk" ? "hook_z_kk/sae.pt" : name)
        return try ImportedSAE(.own(path), for: try #require(model), processing: processing)
    }
}

@Suite struct ImportedSAETests {
    @Test(arguments: [
        ("standard_z", WeightProcessing.none), ("standard_resid_centred", .centred), ("standard_without_b_dec", .none),
        ("topk_resid", .none), ("topk_rescaled", .none), ("jumprelu_attn_out", .none), ("runner_3", .none), ("res_jb", .folded),
        ("hook_z_kk", .folded),
    ])
    func `a published layout computes what the real sae-lens computes from it`(_ name: String, _ processing: WeightProcessing)
        throws
    {
        let sae = try ImportFixtures.sae(name)
        #expect(sae.processing == processing)
        let expected = try SafetensorsFile(ImportFixtures.path("expected.safetensors"))
        let x = try expected.tensor("x").values, f = try expected.tensor("\(name)/f"),
            x_hat = try expected.tensor("\(name)/x_hat")
        let found = sae.autoencoder.encode(x), F = f.shape[1]
        var dense = [Float](repeating: 0, count: f.count)
        for row in 0..<found.rows {
            for place in found.range(row) { dense[row * F + Int(found.indices[place])] = found.values[place] }
        }
        // Single precision on both sides; decoder norms of 0.5 to 2.
        for place in dense.indices { #expect(abs(dense[place] - f.values[place]) < 1e-5, "f \(place)") }
        for (ours, theirs) in zip(sae.autoencoder.decode(found), x_hat.values) { #expect(abs(ours - theirs) < 1e-5) }
        #expect(found.count > 8)
    }

    @Test func `conventions are recorded, and those that change the weights are named`() throws {
        let attention = try ImportFixtures.sae("hook_z_kk")
        #expect(attention.conventions["layout"] == "hook_z_kk" && attention.conventions["processing"] == "folded")
        #expect(attention.conventions["folded"]?.array?.count == 1 && attention.configuration.site == .z)
        #expect(attention.conventions["folded"]?.array?.first?.string?.contains("b_V into b_dec") == true)
        #expect(attention.configuration.context == 128 && attention.metadata["resample_scheme"] == "anthropic")
        let residual = try ImportFixtures.sae("res_jb")
        #expect(residual.reconstructsCentred && residual.configuration.layer == 1 && residual.configuration.site == .resid_pre)
        let later = try ImportFixtures.sae("standard_without_b_dec")
        // What leaves block 0 enters block 1.
        #expect(later.configuration.layer == 1 && later.configuration.hook == "blocks.0.hook_resid_post")
        #expect(try ImportFixtures.sae("standard_z").conventions["folded"] == [])
        #expect(try ImportFixtures.sae("standard_z", processing: .folded).conventions["folded"] != [])
    }

    @Test(arguments: [
        ("stranger", "tensor 'log_threshold'"), ("threshold", "tensor 'threshold'"),
        ("missing", "b_dec of shape [128] is missing"),
        ("transposed", "W_enc has shape [12, 128]"), ("nan", "b_enc holds a number that is not finite"),
        ("factors", "finetuning_scaling_factor"),
    ])
    func `tensors are never passed over, guessed or left out`(_ spoilt: String, _ words: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "qklens-import-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(atPath: ImportFixtures.path("standard_z"), toPath: folder.path)
        let weights = folder.appending(path: "sae_weights.safetensors").path
        var tensors: [(name: String, tensor: Tensor)] = []
        do {
            let file = try SafetensorsFile(weights)
            for entry in file.header.tensors { tensors.append((entry.name, try file.tensor(entry.name))) }
        }
        switch spoilt {
        case "stranger": tensors.append(("log_threshold", Tensor([12])))
        case "threshold": tensors.append(("threshold", Tensor([12])))
        case "missing": tensors.removeAll { $0.name == "b_dec" }
        case "factors": tensors.append(("scaling_factor", Tensor([12], repeating: 2)))
        case "nan":
            for index in tensors.indices where tensors[index].name == "b_enc" { tensors[index].tensor.values[3] = .nan }
        default:
            for index in tensors.indices where tensors[index].name == "W_enc" {
                tensors[index].tensor = Tensor([12, 128], tensors[index].tensor.values)
            }
        }
        try SafetensorsWriter.write(tensors, to: weights)
        let model = try #require(ImportFixtures.model)
        let error = #expect(throws: APIError.self) { _ = try ImportedSAE(.own(folder.path), for: model) }
        #expect(error?.kind == .dictionaryUnsupported && error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test func `figures far from the published ones are said to be, with the processing that would fit`() throws {
        let model = try #require(ImportFixtures.model)
        let corpus = try Corpus(nil, for: model, embeddedDirectory: model.path, access: .anywhere)
        let contexts = try corpus.contexts(model, T: 64, limit: 4)
        func read(_ processing: WeightProcessing?, _ published: PublishedFigures?) throws -> ImportedSAE {
            try ImportedSAE(
                .own(ImportFixtures.path("res_jb")), for: model, processing: processing, published: published)
        }
        func check(_ published: PublishedFigures) throws -> ImportCheck {
            try read(nil, published).check(model, on: contexts, corpus: "demo") { try read($0, published) }
        }
        // What it reaches without any centring: of random weights no good, but a figure.
        let raw = try read(WeightProcessing.none, nil).check(model, on: contexts, corpus: "demo") { try read($0, nil) }
        let folded = try read(.folded, nil).check(model, on: contexts, corpus: "demo") { try read($0, nil) }
        let truth = try #require(folded.evaluation["explained_variance"]?.number)
        let fits = try check(PublishedFigures(source: "test", L0: folded.evaluation["L0"]?.number, explained_variance: truth))
        #expect(fits.warnings.isEmpty && fits.evaluation["fits_published"] == true && fits.evaluation["tokens"] == 256)
        let wrong = try check(PublishedFigures(source: "test", L0: 0.5, explained_variance: truth + 1))
        #expect(wrong.warnings.count == 2 && wrong.evaluation["fits_published"] == false)
        #expect(wrong.warnings[0].contains("0.5 was published (test)"), "\(wrong.warnings)")
        let other = try #require(raw.evaluation["explained_variance"]?.number)
        if abs(other - truth) > 0.1 {
            let named = try check(PublishedFigures(source: "test", L0: nil, explained_variance: other))
            #expect(named.warnings.last?.contains("processing none instead of folded") == true, "\(named.warnings)")
        }
    }
}
