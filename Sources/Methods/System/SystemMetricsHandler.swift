import API
import Jobs
import Store

/// `system.metrics`.
struct SystemMetricsHandler: MethodHandler {
    typealias M = SystemMetrics
    let facts: ServiceFacts
    let store: Store
    let jobs: JobQueue
    let models: ModelLibrary
    let prompts: PromptCache
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        var text = MetricsText()
        text.add(
            "qklens_build_info", .gauge, "The version that runs; always 1.",
            [
                (
                    [("version", facts.version), ("api_version", "\(ServiceFacts.apiVersion)")], 1
                )
            ])
        add(facts.process(), to: &text)
        add(facts.traffic(), to: &text)
        add(await jobs.counts, to: &text)
        add(try store.stats(), to: &text)
        add(prompts.info, to: &text)
        text.add("qklens_models_resident", .gauge, "Models in memory.", Double(models.residentCount))
        text.add(
            "qklens_compute_waiting", .gauge, "Pieces of arithmetic that wait for the compute thread.",
            Double(compute.waitingCount))
        return M.Result(content_type: MetricsText.contentType, text: text.text)
    }

    private func add(_ process: ProcessFigures, to text: inout MetricsText) {
        text.add("process_start_time_seconds", .gauge, "Seconds from 1970 to the start.", process.startTime)
        text.add("process_cpu_seconds_total", .counter, "Processor time since the start.", process.processorSeconds)
        text.add("process_resident_memory_bytes", .gauge, "Memory at hand.", Double(process.residentBytes))
        text.add("process_threads", .gauge, "Threads.", Double(process.threads))
        text.add("process_open_fds", .gauge, "Open descriptors.", Double(process.openDescriptors))
        text.add("process_max_fds", .gauge, "Descriptors that may be open.", Double(process.mostDescriptors))
    }

    private func add(_ traffic: TrafficSnapshot, to text: inout MetricsText) {
        text.add("qklens_clients", .gauge, "Clients that are connected.", Double(traffic.clients))
        text.add("qklens_clients_accepted_total", .counter, "Clients that were accepted.", Double(traffic.clients_accepted))
        text.add(
            "qklens_clients_refused_total", .counter, "Clients that were turned away, by the error they were told.",
            samples(traffic.clients_refused, label: "kind"))
        text.add(
            "qklens_clients_dropped_total", .counter, "Clients that were disconnected since they did not read.",
            Double(traffic.clients_dropped))
        text.add("qklens_received_bytes_total", .counter, "Bytes that came from clients.", Double(traffic.received_bytes))
        text.add("qklens_sent_bytes_total", .counter, "Bytes that went to clients.", Double(traffic.sent_bytes))
        text.add(
            "qklens_frames_refused_total", .counter, "Messages that were no requests, by the error.",
            samples(traffic.frames_refused, label: "kind"))
        text.add(
            "qklens_unknown_methods_total", .counter, "Requests for methods that there are not.", Double(traffic.unknown_methods))
        text.add("qklens_requests_running", .gauge, "Requests that are being carried out.", Double(traffic.requests_running))
        text.add(
            "qklens_requests_total", .counter, "Requests that were answered, by method and outcome: ok, or the error's kind.",
            traffic.methods.flatMap { method in
                ([("ok", method.ok)] + method.errors.sorted { $0.key < $1.key }).map { outcome, count in
                    ([("method", method.method), ("outcome", outcome)], Double(count))
                }
            })
        text.add(
            "qklens_request_duration_seconds", "How long requests took, from their reading to their answer.",
            bounds: MethodTraffic.bounds_us.map { Double($0) / 1_000_000 },
            traffic.methods.map { ([("method", $0.method)], $0.duration_counts, $0.duration_ms / 1000) })
    }

    private func samples(_ counts: [String: Int], label: String) -> [(labels: MetricsText.Labels, value: Double)] {
        counts.sorted { $0.key < $1.key }.map { ([(label, $0.key)], Double($0.value)) }
    }

    private func add(_ jobs: JobCounts, to text: inout MetricsText) {
        text.add("qklens_jobs_waiting", .gauge, "Jobs that wait for a worker.", Double(jobs.waiting))
        text.add("qklens_jobs_running", .gauge, "Jobs whose workers run.", Double(jobs.running))
        text.add(
            "qklens_jobs_ended_total", .counter, "Jobs that have ended, by how.",
            [JobState.finished, .failed, .cancelled].map { ([("state", $0.rawValue)], Double(jobs.ended[$0] ?? 0)) })
    }

    private func add(_ store: StoreStatistics, to text: inout MetricsText) {
        text.add("qklens_store_file_bytes", .gauge, "Bytes of the store's file.", Double(store.fileSize))
        text.add("qklens_store_map_bytes", .gauge, "Bytes that the store may fill.", Double(store.mapSize))
        text.add(
            "qklens_store_used_bytes", .gauge, "Bytes of pages that hold data.", Double(store.usedPages * store.pageSize))
        text.add(
            "qklens_store_free_bytes", .gauge, "Bytes of pages that wait to be used again.",
            Double(store.freePages * store.pageSize))
        text.add(
            "qklens_store_disk_available_bytes", .gauge, "Bytes that the store's file system has left.",
            Double(store.availableBytes))
        text.add(
            "qklens_store_records", .gauge, "Records by table.",
            store.entries.sorted { $0.key < $1.key }.map { ([("table", $0.key)], Double($0.value)) })
        text.add("qklens_store_readers", .gauge, "Open read transactions of all processes.", Double(store.readers.count))
        text.add(
            "qklens_store_oldest_reader_transactions", .gauge,
            "Write transactions since the state that the oldest reader sees; their pages wait for it.",
            Double(store.oldestReader?.age ?? 0))
    }

    private func add(_ prompts: PromptCacheInfo, to text: inout MetricsText) {
        text.add("qklens_prompt_cache_prompts", .gauge, "Prompts whose activations are kept.", Double(prompts.prompts))
        text.add("qklens_prompt_cache_bytes", .gauge, "Bytes that they take.", Double(prompts.bytes))
        text.add("qklens_prompt_cache_limit_bytes", .gauge, "Bytes that they may take.", Double(prompts.limit_bytes))
        text.add(
            "qklens_prompt_cache_requests_total", .counter, "Questions about a prompt, by whether it was at hand.",
            [([("result", "hit")], Double(prompts.hits)), ([("result", "miss")], Double(prompts.misses))])
    }
}
