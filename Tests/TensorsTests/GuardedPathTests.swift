import Foundation
import Tensors
import Testing

/// A directory that is open to callers, beside one that is not.
private final class Places {
    let home: URL
    var root: String { home.appending(path: "open").path }
    var secret: String { home.appending(path: "closed/secret.txt").path }

    init() throws {
        home = URL(filePath: NSTemporaryDirectory()).appending(path: "guarded-\(UUID().uuidString.prefix(8))")
        for name in ["open", "closed", "open2"] {
            try FileManager.default.createDirectory(at: home.appending(path: name), withIntermediateDirectories: true)
        }
        try write("SECRET", "closed/secret.txt")
        try write("SECRET", "open2/secret.txt")
        try write("public", "open/public.txt")
    }

    deinit { try? FileManager.default.removeItem(at: home) }

    func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: home.appending(path: name))
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(root)/\(name)", withDestinationPath: target)
    }

    func guarded(_ path: String) -> GuardedPath { GuardedPath(path, .beneath([root])) }

    func names(_ folder: String = "open") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: home.appending(path: folder).path).sorted()
    }
}

private func text(_ path: GuardedPath) throws(FileError) -> String {
    String(decoding: try ReadableFile.contents(of: path, limit: 1 << 20), as: UTF8.self)
}

/// The error that opening gives; nil if it opens.
private func refusal(_ path: GuardedPath) -> FileError? {
    do throws(FileError) {
        _ = try ReadableFile(path)
        return nil
    } catch {
        return error
    }
}

@Suite struct GuardedPathTests {
    @Test func `what lies beneath a root opens, also through links that stay there and slashes too many`() throws {
        let places = try Places()
        try places.link("relative", to: "public.txt")
        try FileManager.default.createDirectory(atPath: places.root + "/folder", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: places.root + "/folder/up", withDestinationPath: "../public.txt")
        try places.write("public", "open/\u{301}marked.txt")
        for name in [
            "\u{301}marked.txt", "public.txt", "relative", "folder/up", "folder/../public.txt", "./public.txt", "//public.txt",
        ] {
            #expect(try text(places.guarded("\(places.root)/\(name)")) == "public", "\(name)")
        }
        #expect(try text(GuardedPath(places.root + "/public.txt", .beneath(["/nonexistent", places.root + "/"]))) == "public")
        // A hard link is a file like any other: whoever could make it could name the file itself, or had no right to make it.
        #expect(unsafe link(places.secret, places.root + "/hard.txt") == 0)
        #expect(try text(places.guarded(places.root + "/hard.txt")) == "SECRET")
    }

    @Test func `what leads out is refused, however it is spelt`() throws {
        let places = try Places()
        try places.link("absolute", to: places.secret)
        try places.link("relative", to: "../closed/secret.txt")
        try places.link("folder", to: "../closed")
        try places.link("magic", to: "/proc/self/root" + places.secret)
        try places.link("self", to: "self")
        let names = [
            "absolute", "relative", "folder/secret.txt", "magic", "self", "../closed/secret.txt", "a/../../closed/secret.txt",
        ]
        for name in names {
            let error = try #require(refusal(places.guarded("\(places.root)/\(name)")), "\(name) opened")
            #expect(error.isRefusal || error.isMissing, "\(name): \(error)")
        }
        for path in ["/etc/passwd", places.root + "2/secret.txt", places.secret, "open/public.txt", "", "/"] {
            let error = try #require(refusal(places.guarded(path)), "\(path) opened")
            #expect(error.isRefusal && error.reason.contains(places.root), "\(error)")
        }
        #expect(try #require(refusal(GuardedPath(places.root + "/public.txt", .beneath([])))).reason.contains("has none"))
        #expect(try text(.own(places.root + "/absolute")) == "SECRET")
    }

    @Test func `a link that is exchanged while files are opened never lets anything out`() throws {
        let places = try Places()
        let link = places.root + "/link.txt", other = places.root + "/other"
        try places.link("link.txt", to: "public.txt")
        let ended = Ended()
        let swapper = Thread {
            var isOut = false
            while !ended.isSet {
                isOut.toggle()
                unsafe unlink(other)
                unsafe symlink(isOut ? "../closed/secret.txt" : "public.txt", other)
                unsafe rename(other, link)
            }
        }
        swapper.start()
        defer { ended.set() }
        var opened = 0, refused = 0
        for _ in 0..<20_000 {
            do throws(FileError) {
                let found = try text(places.guarded(link))
                #expect(found == "public")
                opened += 1
            } catch {
                #expect(error.isRefusal, "\(error)")
                refused += 1
            }
        }
        #expect(opened > 0 && refused > 0, "\(opened) opened, \(refused) refused: there was no race")
    }

    @Test func `what is no regular file is refused at once, and a NUL ends no path early`() throws {
        let places = try Places()
        let pipe = places.root + "/pipe", socketPath = places.root + "/socket"
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: socketPath.utf8) }
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        for (path, kind) in [(pipe, "a pipe"), (socketPath, "a socket"), (places.root, "a directory"), ("/dev/zero", "a device")]
        {
            for access in [FileAccess.anywhere, .beneath(["/"])] {
                let error = try #require(refusal(GuardedPath(path, access)), "\(path) opened")
                #expect(error.isRefusal && error.reason.contains(kind), "\(error)")
            }
        }
        let error = try #require(refusal(.own(places.secret + "\0.txt")))
        #expect(error.isRefusal && error.reason.contains("NUL"))
    }

    @Test func `names of 255 bytes work for reading and writing; longer ones, and paths of 4096, are refused in words`() throws {
        let places = try Places()
        let longest = places.root + "/" + String(repeating: "é", count: 127) + "x"
        var file = try ReplacementFile(places.guarded(longest), replacing: false)
        try file.append(Array("long".utf8))
        try file.commit()
        #expect(try text(places.guarded(longest)) == "long")
        for path in [longest + "x", places.root + String(repeating: "/folder", count: 700)] {
            #expect(refusal(places.guarded(path))?.errno == ENAMETOOLONG)
            #expect(throws: FileError.self) {
                let file = try ReplacementFile(places.guarded(path), replacing: false)
                _ = consume file
            }
        }
        #expect(try places.names().count == 2)
    }
}

@Suite struct NewFileTests {
    @Test func `a new file takes no name that is taken, neither before nor meanwhile, and leaves nothing`() throws {
        let places = try Places()
        let taken = places.guarded(places.root + "/public.txt"), free = places.guarded(places.root + "/free.txt")
        do throws(FileError) {
            let file = try ReplacementFile(taken, replacing: false)
            _ = consume file
            Issue.record("the name was taken")
        } catch {
            #expect(error.isTaken)
        }
        do {
            var file = try ReplacementFile(free, replacing: false)
            try file.append([1, 2, 3])
            try places.write("first", "open/free.txt")
            #expect(throws: FileError.self) { try file.commit() }
        }
        #expect(try text(free) == "first" && places.names() == ["free.txt", "public.txt"])
        // A link that leads nowhere is a name that is taken.
        try places.link("dangling", to: "../closed/new.txt")
        #expect(throws: FileError.self) {
            let file = try ReplacementFile(places.guarded(places.root + "/dangling"), replacing: false)
            _ = consume file
        }
        #expect(try places.names("closed") == ["secret.txt"])
    }

    @Test func `nothing is made outside of the roots`() throws {
        let places = try Places()
        try places.link("folder", to: "../closed")
        for name in ["folder/new.txt", "folder/\u{301}new.txt", "../closed/new.txt", "../new.txt", "..", "."] {
            for make in [Self.makeFile, Self.makeFolder] {
                do throws(FileError) {
                    try make(places.guarded("\(places.root)/\(name)"))
                    Issue.record("\(name) was made")
                } catch {
                    #expect(error.isRefusal, "\(name): \(error)")
                }
            }
        }
        #expect(try places.names("closed") == ["secret.txt"] && places.names() == ["folder", "public.txt"])
    }

    private static func makeFile(_ path: GuardedPath) throws(FileError) {
        let file = try ReplacementFile(path, replacing: false)
        _ = consume file
    }

    private static func makeFolder(_ path: GuardedPath) throws(FileError) {
        let folder = try NewFolder(path)
        _ = consume folder
    }

    @Test func `a folder appears whole or not at all, and takes no name that is taken`() throws {
        let places = try Places()
        let path = places.guarded(places.root + "/given")
        func fill(_ folder: inout NewFolder) throws {
            for place in [folder.inside, try folder.makeFolder("inner")] {
                var file = try ReplacementFile(place + "/file.txt")
                try file.append(Array("text".utf8))
                try file.commit()
            }
        }
        do {
            var folder = try NewFolder(path)
            try fill(&folder)
            #expect(try places.names() != ["public.txt"])
        }
        #expect(try places.names() == ["public.txt"])
        var folder = try NewFolder(path)
        try fill(&folder)
        try folder.commit()
        #expect(try text(path.appending("inner/file.txt")) == "text" && places.names() == ["given", "public.txt"])
        do throws(FileError) {
            try Self.makeFolder(path)
            Issue.record("the name was taken")
        } catch {
            #expect(error.isTaken)
        }
        do {
            var second = try NewFolder(places.guarded(places.root + "/second"))
            try fill(&second)
            try FileManager.default.createDirectory(atPath: places.root + "/second", withIntermediateDirectories: true)
            #expect(throws: FileError.self) { try second.commit() }
        }
        #expect(try places.names() == ["given", "public.txt", "second"] && places.names("open/second") == [])
    }

    @Test func `sealed memory holds what was written, at its beginning, and can never change`() throws {
        var memory = try SealedMemory("test")
        try memory.append(Array("one ".utf8))
        let numbers: [Float] = [1.5, -2]
        try memory.append(numbers.span)
        #expect(memory.count == 12)
        let descriptor = try memory.seal()
        #expect(lseek(descriptor, 0, SEEK_CUR) == 0)
        #expect(unsafe write(descriptor, "x", 1) == -1 && errno == EPERM)
        #expect(ftruncate(descriptor, 4) == -1 && errno == EPERM)
        #expect(ftruncate(descriptor, 64) == -1 && errno == EPERM)
        #expect(unsafe mmap(nil, 12, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) == MAP_FAILED)
        let file = try ReadableFile(owning: descriptor, named: "memory")
        #expect(try file.size == 12 && file.bytes(4, at: 0) == Array("one ".utf8))
    }
}

/// Whether a thread may end.
private final class Ended: @unchecked Sendable {
    // Guarded by `lock`.
    private var value = false
    private let lock = NSLock()

    var isSet: Bool { lock.withLock { value } }
    func set() { lock.withLock { value = true } }
}
