import GPT2
import Testing

@Suite("Activation names")
struct ActivationNameTests {
    @Test("every name is read back from its text, and from its short form with the layer")
    func roundTrip() throws {
        for name in ForwardTests.allNames(3) {
            #expect(try ActivationName(parsing: "\(name)") == name)
            #expect(try ActivationName(parsing: "\(name.site)", layer: name.layer) == name)
            if let layer = name.layer { #expect(try ActivationName(parsing: "\(name)", layer: layer) == name) }
        }
        #expect(try ActivationName(parsing: "blocks.11.attn.hook_pattern") == ActivationName(.pattern, 11))
        #expect(try ActivationName(parsing: "post", layer: 2) == ActivationName(.mlp_post, 2))
    }

    @Test("names are ordered as they are computed")
    func order() {
        let names = ForwardTests.allNames(2)
        #expect(names.first == ActivationName(.embed) && names.last == ActivationName(.logits))
        #expect(ActivationName(.resid_post, 0) < ActivationName(.resid_pre, 1))
        #expect(ActivationName(.resid_post, 1) < ActivationName(.ln_final_scale))
    }

    @Test("an unknown name is refused with the nearest ones")
    func unknown() {
        func error(_ text: String, _ layer: Int? = nil) -> ActivationNameError? {
            do {
                _ = try ActivationName(parsing: text, layer: layer)
                return nil
            } catch {
                return error
            }
        }
        guard case .unknown("patern", let near) = error("patern", 3) else {
            Issue.record("patern: \(String(describing: error("patern", 3)))")
            return
        }
        #expect(near.first == "pattern" && near.count == 3)
        for text in [
            "", "blocks.x.hook_resid_pre", "blocks.-1.hook_resid_pre", "blocks.01.hook_resid_pre", "blocks.0.hook_embed",
            "blocks.0.",
            String(repeating: "a", count: 100_000),
        ] {
            guard case .unknown = error(text) else {
                Issue.record("'\(text.prefix(40))' was not refused")
                continue
            }
        }
        #expect(error("pattern") == .layerMissing("pattern"))
        #expect(error("hook_embed", 1) == .layerUnexpected("hook_embed", layer: 1))
        #expect(error("blocks.2.attn.hook_z", 1) == .layerUnexpected("blocks.2.attn.hook_z", layer: 1))
    }
}
