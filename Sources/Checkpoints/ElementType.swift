private import Tensors

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

    /// Whether ``SafetensorsFile`` reads it as single precision: F32, F16 and BF16 exactly, F64 rounded to nearest.
    public var readsAsFloat: Bool {
        switch self {
        case .F32, .F16, .BF16, .F64: true
        case .F4, .F6_E2M3, .F6_E3M2, .BOOL, .U8, .I8, .F8_E5M2, .F8_E4M3, .F8_E8M0, .F8_E4M3FNUZ, .F8_E5M2FNUZ, .I16, .U16, .I32,
            .U32,
            .C64, .I64, .U64:
            false
        }
    }

    /// Converts little-endian elements to single precision.
    ///
    /// - Parameters:
    ///   - bytes: The elements, one after another.
    ///   - values: As many elements, out.
    /// - Precondition: ``readsAsFloat``, and as many bytes as the elements need.
    func widen(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
        precondition(bytes.count * 8 == values.count * bits, "\(bytes.count) bytes for \(values.count) elements of \(self)")
        switch self {
        case .F16:
            for i in 0..<values.count {
                values[i] = HalfPrecision.widen(binary16: UInt16(bytes[2 * i]) | UInt16(bytes[2 * i + 1]) << 8)
            }
        case .BF16:
            for i in 0..<values.count {
                values[i] = HalfPrecision.widen(bfloat16: UInt16(bytes[2 * i]) | UInt16(bytes[2 * i + 1]) << 8)
            }
        case .F64:
            for i in 0..<values.count {
                var pattern: UInt64 = 0
                for byte in 0..<8 { pattern |= UInt64(bytes[8 * i + byte]) << UInt64(8 * byte) }
                values[i] = Float(Double(bitPattern: pattern))
            }
        case .F32:
            for i in 0..<values.count {
                var pattern: UInt32 = 0
                for byte in 0..<4 { pattern |= UInt32(bytes[4 * i + byte]) << UInt32(8 * byte) }
                values[i] = Float(bitPattern: pattern)
            }
        case .F4, .F6_E2M3, .F6_E3M2, .BOOL, .U8, .I8, .F8_E5M2, .F8_E4M3, .F8_E8M0, .F8_E4M3FNUZ, .F8_E5M2FNUZ, .I16, .U16, .I32,
            .U32,
            .C64, .I64, .U64:
            preconditionFailure("\(self) is not read as single precision")
        }
    }
}
