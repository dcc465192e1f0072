private import Glibc

/// Lets every other process of the machine go first: this one and its threads to come run when a processor has nothing else to do.
public func takeIdlePriority() {
    var parameters = sched_param()
    if unsafe sched_setscheduler(0, idlePolicy, &parameters) != 0 { _ = nice(leastPriority) }
}

/// *Source:* nice(2), the highest value.
private let leastPriority: Int32 = 19
/// *Source:* sched(7), SCHED_IDLE, which Swift's Glibc leaves out.
private let idlePolicy: Int32 = 5
