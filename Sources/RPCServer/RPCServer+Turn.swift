public import NIOCore
public import NIOPosix

extension RPCServer {
    /// Returns once each event loop, which is where requests are read and replies written, has come to it.
    ///
    /// - Parameter group: the loops that the server was opened with.
    public static func turn(of group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) async {
        for loop in group.makeIterator() { try? await loop.submit {}.get() }
    }
}
