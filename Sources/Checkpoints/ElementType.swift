/// The element types of the safetensors format.
///
/// *Source:* `Dtype` of safetensors 0.8.0.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    /// Sub-byte floats.
    case F4, F6_E2M3, F6_E3M2
    /// Bytes.
    case BOOL, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ
    /// Two bytes.
    case I16, U16, F16, BF16
    /// Four bytes.
    case I32, U32, F32
    /// Eight bytes.
    case C64, F64, I64, U64

    /// The size of one element in bits.
    public var bits: Int {
        switch self {
        case .F4: 4
        case .F6_E2M3, .F6_E3M2: 6
        case .BOOL, .U8, .I8, .F8_E5M2, .F8_E4M3, .F8_E8M0, .F8_E4M3FNUZ, .F8_E5M2FNUZ: 8
        case .I16, .U16, .F16, .BF16: 16
        case .I32, .U32, .F32: 32
        case .C64, .F64, .I64, .U64: 64
        }
    }
}
