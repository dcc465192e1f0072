internal import JSON

/// The members of a `config.json`, ticked off as they are read, so that what is left can be judged.
struct ConfigurationKeys {
    private let object: JSONObject
    private var read: Set<String> = []

    init(_ object: JSONObject) { self.object = object }

    /// The value of a key, nil if it is absent or null.
    private mutating func take(_ key: String) -> JSON? {
        read.insert(key)
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    /// An extent from 1 to `limit`.
    mutating func extent(_ key: String, default standard: Int, limit: Int) throws(ConfigurationError) -> Int {
        guard let value = take(key) else { return standard }
        guard case .integer(let extent) = value, (1...limit).contains(extent) else {
            throw invalid(key, value, "an integer from 1 to \(limit)")
        }
        return extent
    }

    /// A boolean.
    mutating func flag(_ key: String, default standard: Bool) throws(ConfigurationError) -> Bool {
        guard let value = take(key) else { return standard }
        guard let flag = value.bool else { throw invalid(key, value, "true or false") }
        return flag
    }

    /// A finite number above zero.
    mutating func positive(_ key: String, default standard: Float) throws(ConfigurationError) -> Float {
        guard let value = take(key) else { return standard }
        guard let number = value.number.map(Float.init), number > 0, number.isFinite else {
            throw invalid(key, value, "a number above 0")
        }
        return number
    }

    /// A string.
    mutating func text(_ key: String, default standard: String) throws(ConfigurationError) -> String {
        guard let value = take(key) else { return standard }
        guard let text = value.string else { throw invalid(key, value, "a string") }
        return text
    }

    /// A token's number, or nil for an explicit null.
    mutating func token(_ key: String, default standard: Int) throws(ConfigurationError) -> Int? {
        guard let value = take(key) else { return object[key] == nil ? standard : nil }
        guard case .integer(let token) = value, token >= 0 else { throw invalid(key, value, "a token number or null") }
        return token
    }

    /// Refuses a key whose value is not `only`.
    mutating func require(_ key: String, _ only: JSON, optional: Bool) throws(ConfigurationError) {
        guard let value = take(key) else {
            if optional { return }
            throw ConfigurationError(.missing(key: key))
        }
        guard value == only else {
            throw ConfigurationError(.unsupported(key: key, value: value.description, supported: only.description))
        }
    }

    /// Refuses what would change the arithmetic: keys that must have their neutral value, if they are there at all.
    mutating func requireNeutralValues() throws(ConfigurationError) {
        for (key, neutral) in ConfigurationKeys.neutral { try require(key, neutral, optional: true) }
    }

    /// Refuses every key that has been neither read nor listed as harmless.
    func refuseOthers() throws(ConfigurationError) {
        for (key, value) in object where !read.contains(key) && !ConfigurationKeys.harmless.contains(key) {
            throw ConfigurationError(.unknown(key: key, value: value.description))
        }
    }

    private func invalid(_ key: String, _ value: JSON, _ expected: String) -> ConfigurationError {
        ConfigurationError(.invalid(key: key, value: value.description, expected: expected))
    }
}

extension ConfigurationKeys {
    /// Keys that change the model unless they have this value (or null).
    private static let neutral: KeyValuePairs<String, JSON> = [
        "add_cross_attention": false,
        "is_encoder_decoder": false,
        "tie_encoder_decoder": false,
        "pruned_heads": [:],
        "quantization_config": nil,
        "rope_scaling": nil,
        "rope_theta": nil,
        "rope_parameters": nil,
        "cross_attention_hidden_size": nil,
    ]

    /// Keys that transformers writes, and that leave the logits of a finished model alone.
    ///
    /// Dropout and initialisation act in training only; the summary head is not part of a language model; the generation keys act
    /// on sampling; `reorder_and_upcast_attn` changes the precision of half-precision attention, and all is single precision here.
    private static let harmless: Set<String> = [
        // GPT2Config's own
        "attn_pdrop", "embd_pdrop", "resid_pdrop", "initializer_range", "reorder_and_upcast_attn", "use_cache", "eos_token_id",
        "pad_token_id", "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type",
        "summary_use_proj",
        "n_special", "predict_special_tokens", "gradient_checkpointing",
        // every configuration's: where it comes from, how it is stored, which attention kernel to run
        "_name_or_path", "name_or_path", "architectures", "transformers_version", "dtype", "torch_dtype", "_commit_hash",
        "attn_implementation", "_attn_implementation", "_attn_implementation_internal", "_attn_implementation_autoset",
        "_flash_attn_2_enabled", "experts_implementation", "loss_type", "torchscript", "use_bfloat16", "tf_legacy_loss",
        "tokenizer_class", "model_max_length",
        "auto_map",
        // what a forward pass returns, labels and tasks
        "return_dict", "output_attentions", "output_hidden_states", "output_past", "id2label", "label2id", "_num_labels",
        "num_labels",
        "problem_type", "finetuning_task", "task_specific_params", "prefix", "chunk_size_feed_forward", "is_decoder",
        // generation
        "bad_words_ids", "begin_suppress_tokens", "decoder_start_token_id", "diversity_penalty", "do_sample", "early_stopping",
        "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "forced_bos_token_id", "forced_eos_token_id",
        "length_penalty", "max_length", "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
        "num_return_sequences",
        "output_scores", "remove_invalid_values", "repetition_penalty", "return_dict_in_generate", "sep_token_id",
        "suppress_tokens",
        "temperature", "top_k", "top_p", "typical_p",
    ]
}
