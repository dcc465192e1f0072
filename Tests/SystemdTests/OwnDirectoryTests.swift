import Foundation
import Glibc
import Systemd
import Testing

/// Directories that are the service's own, could be, and are not.
@Suite struct OwnDirectoryTests {
    /// A directory that goes with the test.
    private final class Place {
        let path = "/tmp/qklens-place-\(getpid())-\(UInt32.random(in: .min ... .max))"

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func reason(_ directory: OwnDirectory) -> OwnDirectoryError.Reason? {
        (#expect(throws: OwnDirectoryError.self) { try directory.prepare() })?.reason
    }

    @Test func `what is missing is made for its user alone, and a check makes nothing`() throws {
        let place = try Place(), directory = OwnDirectory(place.path + "/a/b//", for: .state)
        try directory.check()
        #expect(!FileManager.default.fileExists(atPath: place.path + "/a"))
        try directory.prepare()
        try directory.prepare()
        #expect(try mode(place.path + "/a/b") == 0o700)
        #expect(directory.path == place.path + "/a/b")
    }

    @Test func `a directory of somebody else is refused, as is a link of theirs to one's own`() throws {
        let place = try Place(), own = getuid()
        guard own == 0 else {
            #expect(reason(OwnDirectory(place.path, for: .socket, user: own + 1)) == .foreign(owner: own))
            return
        }
        #expect(unsafe chown(place.path, 7, 7) == 0)
        let refusal = #expect(throws: OwnDirectoryError.self) { try OwnDirectory(place.path, for: .state).prepare() }
        #expect(refusal?.reason == .foreign(owner: 7))
        #expect(
            refusal?.description.contains("belongs to user 7") == true
                && refusal?.description.contains("--state-directory") == true)
        let target = try Place(), link = target.path + "-link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target.path)
        defer { unsafe unlink(link) }
        try OwnDirectory(link, for: .socket).prepare()
        #expect(unsafe lchown(link, 7, 7) == 0)
        #expect(reason(OwnDirectory(link, for: .socket)) == .foreign(owner: 7))
    }

    @Test func `where everybody may write nothing is kept, but for a socket where users are kept apart`() throws {
        let place = try Place()
        #expect(unsafe chmod(place.path, 0o777) == 0)
        #expect(reason(OwnDirectory(place.path, for: .socket)) == .open(mode: 0o777))
        #expect(unsafe chmod(place.path, 0o1777) == 0)
        try OwnDirectory(place.path, for: .socket).prepare()
        #expect(reason(OwnDirectory(place.path, for: .state)) == .open(mode: 0o1777))
        #expect(unsafe chmod(place.path, 0o775) == 0)
        try OwnDirectory(place.path, for: .state).prepare()
    }

    @Test func `what cannot be made says which part of the path is in the way`() throws {
        let place = try Place(), file = place.path + "/file"
        try Data().write(to: URL(filePath: file))
        let directory = OwnDirectory(file + "/below/state", for: .state)
        let refusal = #expect(throws: OwnDirectoryError.self) { try directory.prepare() }
        #expect(refusal?.description.contains("Not a directory") == true, "\(String(describing: refusal))")
        #expect(throws: OwnDirectoryError.self) { try directory.check() }
        #expect(reason(OwnDirectory(file, for: .state)) == .unusable(code: ENOTDIR))
        #expect(throws: OwnDirectoryError.self) { try OwnDirectory("/proc/qklens/state", for: .state).prepare() }
    }
}
