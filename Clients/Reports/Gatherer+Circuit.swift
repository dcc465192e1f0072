public import JSON

extension Gatherer {
    /// The graph of a trace that is kept; hover, pin, lists of what goes in and out.
    ///
    /// - Parameters:
    ///   - trace: The trace, as in t3.
    ///   - prompt: Which of its prompts, counted from 0.
    public func circuit(ofTrace trace: String, prompt: Int = 0) throws -> Report {
        let asked = try ask("traces.get", [["trace": .string(trace), "prompt": .integer(prompt), "limit": 0]])
        let result = asked.results.first ?? .null
        return try circuit(asked, result["graph"] ?? .null, model: result["trace"]?["model"] ?? .null)
    }

    /// The graph of a trace that is made now.
    ///
    /// - Parameter params: What `traces.run` takes.
    public func circuit(running params: JSONObject) throws -> Report {
        var params = params
        if params["task"] != nil, params["count"] == nil { params["count"] = 1 }
        let asked = try ask("traces.run", [params]), result = asked.results.first ?? .null
        return try circuit(asked, result["graphs"]?.array?.first ?? .null, model: result["model"] ?? .null)
    }

    /// The graph of features of sparse autoencoders, down to the embeddings.
    ///
    /// - Parameter params: What `saes.trace` takes.
    public func circuit(ofFeatures params: JSONObject) throws -> Report {
        let asked = try ask("saes.trace", [params])
        guard case .object(var shown)? = asked.results.first else { return try circuit(asked, .null, model: .null) }
        shown["text"] = params["text"]
        return try circuit(asked, .object(shown), model: shown["model"] ?? .null)
    }

    /// The graph of a file with circuit-tracer's names, as `traces.export` writes it.
    ///
    /// - Parameters:
    ///   - graph: What the file holds.
    ///   - name: The last component of its path.
    public func circuit(_ graph: JSON, named name: String) throws -> Report {
        let metadata = graph["metadata"]
        let tokens = (metadata?["prompt_tokens"]?.array ?? []).map { $0.string ?? $0.text() }.joined()
        let prompt = metadata?["prompt"]?.string ?? ""
        let title = [prompt, tokens].first { !$0.isEmpty } ?? name
        let held = Answers(method: "file", params: [["path": .string(name)]], outcomes: [.success(graph)])
        return try report("circuit", title: title, [("graph", held)])
    }

    private func circuit(_ asked: Answers, _ graph: JSON, model: JSON) throws -> Report {
        let text = graph["text"]?.string ?? "", pieces = (graph["pieces"]?.array ?? []).compactMap(\.string).joined()
        let described = try ask("models.get", [["model": model]])
        return try report("circuit", title: text.isEmpty ? pieces : text, [("model", described), ("graph", asked)])
    }
}
