import NIOCore

/// Runs tasks on an event loop: what the loop has read is looked at, and answered if that is quick, without a change of threads.
///
/// Each change costs tens of microseconds on an idle machine, which is more than most replies take to make.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
