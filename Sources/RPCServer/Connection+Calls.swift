import API
import JSONRPC
import Logging

extension Connection {
    /// How many lookups of a batch are answered before others get their turn.
    private static let lookupsInARow = 64

    /// Starts what a message asks for; returns as soon as the next message may be read.
    func start(_ message: Message) async {
        switch message {
        case .refused(let response): refuse(response)
        case .single(.failure(let invalid)): refuse(invalid.response)
        case .single(.success(let request)):
            if router.isImmediate(request) {
                if let line = answerImmediately(request) { send(line) }
            } else {
                let replied = ReplyGate()
                await start(request, with: Enclosure(), replied) { [self] line in
                    if let line { send(line) }
                    replied.open()
                }
            }
        case .batch(let entries): await start(batch: entries)
        }
    }

    private func start(batch entries: [Message.Entry]) async {
        let batch = BatchReply(count: entries.count), replied = ReplyGate()
        let number = nextNumber()
        let fill = { @Sendable [self] (index: Int, reply: Outbox.Line?) in
            guard let array = batch.fill(index, reply?.bytes) else { return }
            if !array.isEmpty { send(line(ofBatch: array, to: number)) }
            replied.open()
        }
        var lookups: [(index: Int, request: Request)] = []
        for (index, entry) in entries.enumerated() {
            switch entry {
            case .failure(let invalid): fill(index, line(of: invalid.response, to: nextNumber()))
            case .success(let request):
                if router.isImmediate(request) {
                    lookups.append((index, request))
                } else {
                    await start(request, with: nil, replied) { reply in fill(index, reply) }
                }
            }
        }
        if lookups.isEmpty { return }
        _ = await calls.start(number.number, isCancellable: true) { [self, lookups] in
            for (count, lookup) in lookups.enumerated() {
                if count % Self.lookupsInARow == 0 { await Task.yield() }
                // Nobody waits for the rest of a batch whose client is gone.
                if Task.isCancelled { return }
                fill(lookup.index, answerImmediately(lookup.request))
            }
        }
    }

    private func refuse(_ response: Response) {
        if case .failure(let error) = response.outcome { refuse(error, id: response.id) }
    }

    private func call(
        for request: Request, with enclosure: Enclosure? = nil, _ replied: ReplyGate? = nil
    ) -> (call: Call, number: RequestNumber) {
        let number = nextNumber()
        let call = Call(
            peer: peer, id: request.id?.json, request: number, origin: self, enclosure: enclosure, replied: replied)
        return (call, number)
    }

    private func answerImmediately(_ request: Request) -> Outbox.Line? {
        let (call, number) = call(for: request)
        let response = router.answerImmediately(request, in: call)
        note(request, call, response)
        return response.map { line(of: $0, to: number) }
    }

    /// Starts the call of one request; `done` gets the reply, or nil after a notification.
    private func start(
        _ request: Request, with enclosure: Enclosure?, _ replied: ReplyGate, done: @escaping @Sendable (Outbox.Line?) -> Void
    ) async {
        let enclosure = request.isNotification ? nil : enclosure
        let (call, number) = call(for: request, with: enclosure, replied)
        let answer = { @Sendable [self] (response: Response?) in
            note(request, call, response)
            calls.answered(number.number)
            done(response.map { line(of: $0, to: number, with: enclosure) })
        }
        let isStarted = await calls.start(
            number.number, id: request.id, isCancellable: !request.isNotification, until: router.deadline(of: request, in: call)
        ) { [self] in
            traffic.requestStarted()
            defer { traffic.requestEnded() }
            await router.carryOut(request, in: call, answer: answer)
        }
        // It has waited in vain for one of the others to end.
        if !isStarted { answer(request.id.map { Response(id: $0, outcome: .failure(router.deadlineExceeded(by: request))) }) }
    }

    /// Counts an answered call, and logs it if it was slow.
    private func note(_ request: Request, _ call: Call, _ response: Response?) {
        let duration = call.received.duration(to: .now)
        var kind: String?
        if case .failure(let error) = response?.outcome { kind = error.kind ?? "" }
        (counters[request.method] ?? traffic.unknownMethod).note(duration, error: kind)
        guard duration >= limits.slowCall else { return }
        logger.info(
            "slow call",
            metadata: call.metadata([
                "method": "\(request.method.shortened)", "outcome": "\(kind ?? "ok")",
                "duration_ms": "\(Int(duration / .milliseconds(1)))",
            ]))
    }
}
