import Checkpoints
import Testing

@Suite("GPT-2 configuration")
struct GPT2ConfigurationTests {
    /// A configuration of the given members, with `model_type` unless they hold it.
    static func parse(_ members: String) throws(ConfigurationError) -> GPT2Configuration {
        let type = members.contains("model_type") ? "" : "\"model_type\":\"gpt2\"" + (members.isEmpty ? "" : ",")
        return try GPT2Configuration(parsing: Array("{\(type)\(members)}".utf8))
    }

    static func reason(_ members: String) -> ConfigurationError.Reason? {
        do {
            _ = try parse(members)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("absent keys have GPT2Config's defaults, which are GPT-2 small")
    func defaults() throws {
        let c = try Self.parse("")
        #expect(c.d_model == 768 && c.n_ctx == 1024 && c.n_layers == 12 && c.n_heads == 12 && c.d_head == 64)
        #expect(c.d_mlp == 3072 && c.d_vocab == 50257 && c.activation == .gelu_new && c.layer_norm_epsilon == 1e-5)
        #expect(c.scale_attn_weights && !c.scale_attn_by_inverse_layer_idx && c.tie_word_embeddings && c.bos_token_id == 50256)
        #expect(c.attn_scale(3) == 0.125)
    }

    @Test("every key that is read changes its field")
    func fields() throws {
        let c = try Self.parse(
            """
            "n_embd":15,"n_positions":9,"n_ctx":9,"n_layer":2,"n_head":3,"n_inner":7,"vocab_size":11,"activation_function":"gelu_pytorch_tanh",
            "layer_norm_epsilon":1e-3,"scale_attn_weights":false,"scale_attn_by_inverse_layer_idx":true,"tie_word_embeddings":false,
            "bos_token_id":4
            """)
        #expect(
            c.d_model == 15 && c.n_ctx == 9 && c.n_layers == 2 && c.n_heads == 3 && c.d_head == 5 && c.d_mlp == 7
                && c.d_vocab == 11)
        #expect(c.activation == .gelu_new && c.layer_norm_epsilon == 1e-3 && !c.tie_word_embeddings && c.bos_token_id == 4)
        #expect(c.attn_scale(0) == 1 && c.attn_scale(1) == 0.5)
        #expect(try Self.parse("\"activation_function\":\"relu\"").activation == .relu)
        #expect(try Self.parse("\"activation_function\":\"gelu\"").activation == .gelu)
        #expect(try Self.parse("\"bos_token_id\":null").bos_token_id == nil)
        #expect(try Self.parse("\"vocab_size\":10").bos_token_id == nil)
    }

    @Test(
        "a value that changes the arithmetic and is not built is refused by key and value",
        arguments: [
            ("model_type", "\"gptj\""), ("add_cross_attention", "true"), ("is_encoder_decoder", "true"),
            ("pruned_heads", "{\"0\":[1]}"),
            ("activation_function", "\"silu\""), ("n_ctx", "512"), ("quantization_config", "{\"bits\":8}"),
            ("rope_theta", "10000"),
        ])
    func unsupported(key: String, value: String) {
        guard case .unsupported(key, value, _) = Self.reason("\"\(key)\":\(value)") else {
            Issue.record("\(key) \(value): \(String(describing: Self.reason("\"\(key)\":\(value)")))")
            return
        }
    }

    @Test(
        "a value of the wrong type or range is refused by key and value",
        arguments: [
            ("n_embd", "0"), ("n_embd", "-768"), ("n_embd", "768.5"), ("n_embd", "\"768\""), ("n_head", "1073741825"),
            ("n_inner", "0"),
            ("layer_norm_epsilon", "0"), ("layer_norm_epsilon", "-1"), ("layer_norm_epsilon", "1e300"),
            ("scale_attn_weights", "1"),
            ("tie_word_embeddings", "\"yes\""), ("bos_token_id", "-1"), ("bos_token_id", "1.5"), ("activation_function", "3"),
        ])
    func invalid(key: String, value: String) {
        guard case .invalid(key, _, _) = Self.reason("\"\(key)\":\(value)") else {
            Issue.record("\(key) \(value): \(String(describing: Self.reason("\"\(key)\":\(value)")))")
            return
        }
    }

    @Test("unknown keys, missing model_type, indivisible heads and other JSON are refused")
    func others() {
        #expect(Self.reason("\"alibi\":true") == .unknown(key: "alibi", value: "true"))
        #expect(Self.reason("\"n_embd\":10,\"n_head\":4") == .indivisible(n_embd: 10, n_head: 4))
        #expect(throws: ConfigurationError.self) { try GPT2Configuration(parsing: Array("{}".utf8)) }
        #expect(throws: ConfigurationError.self) { try GPT2Configuration(parsing: Array("[]".utf8)) }
        #expect(throws: ConfigurationError.self) { try GPT2Configuration(parsing: Array("{".utf8)) }
    }

    @Test("the configuration that OpenAI's GPT-2 carries on the Hugging Face hub is accepted")
    func hub() throws {
        let c = try Self.parse(
            """
            "activation_function":"gelu_new","architectures":["GPT2LMHeadModel"],"attn_pdrop":0.1,"bos_token_id":50256,"embd_pdrop":0.1,
            "eos_token_id":50256,"initializer_range":0.02,"layer_norm_epsilon":1e-05,"model_type":"gpt2","n_ctx":1024,"n_embd":768,
            "n_head":12,"n_layer":12,"n_positions":1024,"resid_pdrop":0.1,"summary_activation":null,"summary_first_dropout":0.1,
            "summary_proj_to_labels":true,"summary_type":"cls_index","summary_use_proj":true,
            "task_specific_params":{"text-generation":{"do_sample":true,"max_length":50}},"vocab_size":50257
            """)
        #expect(c == (try Self.parse("")))
    }
}
