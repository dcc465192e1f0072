// The one place that meets the compiled-in files.

private import CPages

/// The files that every page is made of: those of Clients/Pages, as they were when the program was built.
enum PageFiles {
    /// A file's text; nil if there is none of that name.
    static func text(_ name: String) -> String? {
        for index in 0..<qk_page_count() where unsafe String(cString: qk_page_name(index)) == name {
            let bytes = unsafe UnsafeBufferPointer(start: qk_page_bytes(index), count: qk_page_size(index))
            return unsafe String(decoding: bytes, as: UTF8.self)
        }
        return nil
    }
}
