import Store

/// What a record says, where it can be read.
///
/// Whose a damaged record is cannot be known any more; it is treated as the service's own, so that it can be deleted.
///
/// - Returns: nil if the record is damaged.
func unlessDamaged<Fact>(_ read: () throws -> Fact?) throws -> Fact? {
    do {
        return try read()
    } catch let error as StoreError where error.isDamage {
        return nil
    }
}
