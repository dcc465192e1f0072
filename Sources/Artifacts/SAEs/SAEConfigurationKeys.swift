internal import API
internal import JSON

/// The members of an autoencoder's configuration, ticked off as they are read, so that what is left can be judged.
struct SAEConfigurationKeys {
    private let object: JSONObject
    private var known: Set<String> = []
    /// `metadata`, whose other members are anybody's.
    var free: JSONObject = [:]

    init(_ object: JSONObject) { self.object = object }

    /// Notes that a key is understood.
    mutating func read(_ key: String) { known.insert(key) }

    /// The value of a key, nil if it is absent or null.
    private mutating func take(_ key: String) -> JSON? {
        read(key)
        guard let value = object[key] ?? free[key], !value.isNull else { return nil }
        return value
    }

    mutating func text(_ key: String) -> String? { take(key)?.string }

    mutating func flag(_ key: String) throws(SAEConfigurationError) -> Bool? {
        guard let value = take(key) else { return nil }
        guard let flag = value.bool else { throw .invalid(key: key, value: value.text(), expected: "true or false") }
        return flag
    }

    /// The widest activation, or the most features, that are read.
    private static let largestSize = 1 << 20

    mutating func count(_ key: String) throws(SAEConfigurationError) -> Int? {
        guard let value = take(key) else { return nil }
        guard let count = value.integer, (1...Self.largestSize).contains(count) else {
            throw .invalid(key: key, value: value.text(), expected: "an integer from 1 to \(Self.largestSize)")
        }
        return count
    }

    mutating func size(_ key: String) throws(SAEConfigurationError) -> Int {
        guard let size = try count(key) else { throw .missing(key: key) }
        return size
    }

    /// The architecture, which older layouts imply by an activation function.
    mutating func architecture() throws(SAEConfigurationError) -> SAEConfiguration.Architecture {
        let names = SAEConfiguration.Architecture.allCases.map(\.rawValue).joined(separator: ", ")
        let function = text("activation_fn") ?? text("activation_fn_str") ?? "relu"
        let name = text("architecture") ?? "standard"
        guard let architecture = SAEConfiguration.Architecture(rawValue: name) else {
            throw .unsupported(key: "architecture", value: "\"\(name)\"", supported: names)
        }
        switch (function, architecture) {
        case ("topk", .standard), ("topk", .topk): return .topk
        case ("relu", _): return architecture
        default: throw .unsupported(key: "activation_fn", value: "\"\(function)\"", supported: "relu, topk")
        }
    }

    /// The k of `activation_fn_kwargs`.
    mutating func activationCount() throws(SAEConfigurationError) -> Int? {
        guard let arguments = take("activation_fn_kwargs")?.object, let value = arguments["k"] else { return nil }
        guard let k = value.integer, (1...Self.largestSize).contains(k) else {
            throw .invalid(
                key: "activation_fn_kwargs.k", value: value.text(), expected: "an integer from 1 to \(Self.largestSize)")
        }
        return k
    }

    /// The hook, which the layouts name differently.
    mutating func hook(_ layout: SAEConfiguration.Layout) throws(SAEConfigurationError) -> String {
        for key in ["hook_head_index", "hook_point_head_index"] {
            if let head = take(key) { throw .unsupported(key: key, value: head.text(), supported: "null") }
        }
        for key in ["hook_layer", "hook_point_layer", "hook_eval", "hook_point_eval", "layer", "site"] { read(key) }
        for key in ["hook_name", "hook_point", "act_name"] {
            if let hook = text(key) { return hook }
        }
        throw .missing(key: layout == .hook_z_kk ? "act_name" : "hook_name")
    }

    /// Whether inputs were scaled to an average norm; what depends on each token is no linear function of it.
    mutating func scalesInput() throws(SAEConfigurationError) -> Bool {
        switch take("normalize_activations") {
        case nil, .bool(false), .string("none"): return false
        case .bool(true), .string("expected_average_only_in"): return true
        case let value?:
            throw .unsupported(key: "normalize_activations", value: value.text(), supported: "none, expected_average_only_in")
        }
    }

    /// Whether heads are put side by side, which they must be for z and for nothing else.
    mutating func checkReshaping(_ site: SAESite, isOld: Bool) throws(SAEConfigurationError) {
        let wanted = site == .z ? "hook_z" : "none"
        let found = text("reshape_activations") ?? (isOld ? wanted : "none")
        guard found == wanted else { throw .unsupported(key: "reshape_activations", value: "\"\(found)\"", supported: wanted) }
    }

    /// How the model's weights were processed.
    ///
    /// Where nothing is said: before sae-lens 4 and in Kissane's code models were loaded by `HookedTransformer.from_pretrained`, which folds
    /// and centres; since, by `from_pretrained_no_processing`.
    mutating func processing(isOld: Bool, _ site: SAESite) throws(SAEConfigurationError) -> WeightProcessing? {
        if let arguments = take("model_from_pretrained_kwargs")?.object {
            for (key, value) in arguments
            where !["center_writing_weights", "fold_ln"].contains(key) && value != false && !value.isNull {
                throw .unsupported(
                    key: "model_from_pretrained_kwargs.\(key)", value: value.text(), supported: "center_writing_weights, fold_ln")
            }
            if arguments["center_writing_weights"] == true { return .centred }
            if !arguments.isEmpty { return WeightProcessing.none }
        }
        // A folded LayerNorm is the only one whose output is the same activation here.
        if site == .ln1_x { return nil }
        return isOld ? .folded : WeightProcessing.none
    }

    /// Refuses every key that has a value and has been neither read nor listed as harmless.
    ///
    /// The third layout is that of one training program, all of whose autoencoders compute alike.
    func refuseOthers(_ layout: SAEConfiguration.Layout) throws(SAEConfigurationError) {
        if layout == .hook_z_kk { return }
        let harmless: Set<String> = layout == .sae_lens_6 ? ["device"] : Self.harmless
        for (key, value) in object where !value.isNull && !known.contains(key) && !harmless.contains(key) {
            throw .unknown(key: key, value: value.text())
        }
    }
}

extension SAEConfigurationKeys {
    /// Parameters of trainings, which leave a finished autoencoder alone.
    ///
    /// *Source:* `LanguageModelSAERunnerConfig` of sae-lens 1 to 5, and the configurations of gpt2-small-res-jb.
    private static let harmless: Set<String> = [
        // the data
        "dataset_path", "dataset", "dataset_trust_remote_code", "streaming", "is_dataset_tokenized", "use_cached_activations",
        "cached_activations_path", "exclude_special_tokens", "seqpos_slice", "disable_concat_sequences",
        "sequence_separator_token",
        "n_batches_in_buffer", "store_batch_size", "store_batch_size_prompts", "train_batch_size", "train_batch_size_tokens",
        "training_tokens", "total_training_tokens", "n_training_tokens", "finetuning_tokens", "tokens_per_buffer",
        "n_training_steps",
        "act_store_device", "n_tokens_in_buffer", "autocast", "autocast_lm", "act_norm_factor", "model_kwargs",
        "model_class_name",
        // how it began, and how it learnt
        "b_dec_init_method", "expansion_factor", "normalize_sae_decoder", "noise", "noise_scale", "from_pretrained_path",
        "decoder_orthogonal_init", "decoder_heuristic_init", "decoder_heuristic_init_norm", "init_encoder_as_decoder_transpose",
        "scale_sparsity_penalty_by_decoder_norm", "mse_loss_normalization", "l1_coefficient", "l0_lambda", "lp_norm",
        "l1_warm_up_steps",
        "l0_warm_up_steps", "adam_beta1", "adam_beta2", "lr", "lr_scheduler_name", "lr_warm_up_steps", "lr_end", "lr_decay_steps",
        "n_restart_cycles", "finetuning_method", "use_ghost_grads", "jumprelu_init_threshold", "jumprelu_bandwidth",
        "feature_sampling_window", "feature_sampling_method", "feature_reinit_scale", "resample_batches", "dead_feature_window",
        "dead_feature_threshold", "dead_feature_estimation_method", "seed", "feature_sparsity", "sparsity_loss_mode",
        // evaluation, logging, compilation, names
        "n_eval_batches", "n_eval_seqs", "eval_batch_size_prompts", "eval_every_n_wandb_logs", "log_to_wandb", "wandb_project",
        "wandb_id", "run_name", "wandb_entity", "wandb_log_frequency", "log_activations_store_to_wandb",
        "log_optimizer_state_to_wandb", "resume", "n_checkpoints", "checkpoint_path", "verbose", "compile_llm",
        "llm_compilation_mode", "compile_sae", "sae_compilation_mode", "device", "sae_lens_version", "sae_lens_training_version",
        "neuronpedia_id", "name", "version", "activation_fn_kwargs", "l0", "variance_explained",
    ]
}
