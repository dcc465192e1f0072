import API
private import Foundation
import JSON
public import Store

extension Store {
    /// Whether every document can be understood, and every activation cache has its files; what the store itself cannot know.
    ///
    /// - Returns: The damage beyond that which ``Store/verify(_:)`` finds.
    /// - Throws: `StoreError` for anything but damage.
    public func verifyDocuments() throws -> [VerificationReport.Finding] {
        var findings: [VerificationReport.Finding] = []
        for kind in DocumentKind.allCases {
            let identifiers = try read { try $0.identifiers(kind) }
            for id in identifiers {
                do {
                    guard let bytes = try read({ try $0.document(kind, id: id) }) else { continue }
                    if let what = flaw(of: kind, id, try JSON(parsing: bytes)) {
                        findings.append(.init(kind, id: id, what: what))
                    }
                } catch is StoreError {
                    continue  // Found already.
                } catch {
                    findings.append(.init(kind, id: id, what: "it cannot be understood: \(error)"))
                }
            }
        }
        return findings
    }

    /// What is wrong with a document; nil if nothing is.
    private func flaw(of kind: DocumentKind, _ id: String, _ document: JSON) -> String? {
        do {
            switch kind {
            case .models: _ = try document.decode(ModelRecord.self)
            case .dictionaries: _ = try document.decode(DictionaryInfo.self)
            case .maps: _ = try document.decode(MapInfo.self)
            case .jobs: _ = try document.decode(JobInfo.self)
            case .examples: _ = try document.decode(ExamplesInfo.self)
            case .traces: _ = try document.decode(TraceInfo.self)
            case .saes: _ = try document.decode(SAEInfo.self)
            case .studies: _ = try document.decode(StudyInfo.self)
            case .names, .traceGraphs: break
            case .caches:
                _ = try document.decode(CacheInfo.self)
                let directory = CacheArchive(store: self).directory(id)
                if !FileManager.default.fileExists(atPath: directory) { return "there are no files in \(directory)" }
            }
            return nil
        } catch {
            return "it cannot be understood: \(error)"
        }
    }
}
