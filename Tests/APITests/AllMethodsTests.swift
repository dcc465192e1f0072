import API
import JSON
import Testing

/// What must hold for every method, so that structs, schemas and examples cannot drift apart.
@Suite struct AllMethodsTests {
    @Test func `every method has a name of its own, a namespace and a verb`() {
        let names = allMethods.map { $0.name }
        #expect(Set(names).count == names.count)
        for name in names { #expect(name.wholeMatch(of: /[a-z]+\.[a-z_]+/) != nil, "\(name) is not namespace.verb") }
    }

    @Test func `only rpc_discover uses the reserved prefix`() {
        #expect(allMethods.map { $0.name }.filter { $0.hasPrefix("rpc.") } == ["rpc.discover"])
    }

    @Test func `every method, parameter and member of a result is described`() {
        for method in allMethods {
            #expect(method.summary.hasSuffix(".") && method.description.hasSuffix("."), "\(method.name)")
            for (path, schema) in method.params.members(at: "params") + method.result.members(at: "result") {
                #expect(!schema.description.isEmpty, "\(method.name): \(path) has no description")
            }
        }
    }

    @Test(arguments: allMethods.indices) func `an example is a call that the schemas allow`(_ index: Int) {
        let method = allMethods[index]
        let example = method.example
        #expect(method.params.validate(example.params) == [], "\(method.name)")
        if let result = example.result { #expect(method.result.validate(result, at: "result") == [], "\(method.name)") }
    }

    @Test(arguments: allMethods.indices) func `an example survives its structs with the same members`(_ index: Int) throws {
        let method = allMethods[index]
        let params = method.params.fillingDefaults(in: method.example.params)
        #expect(try method.paramsThroughStruct(params) == params, "\(method.name)")
        if let result = method.example.result {
            #expect(try method.resultThroughStruct(result).inSinglePrecision == result.inSinglePrecision, "\(method.name)")
        }
    }

    /// The examples leave optional members out; here every member that a schema names is there.
    @Test(arguments: allMethods.indices) func `structs have exactly the members of their schemas`(_ index: Int) throws {
        let method = allMethods[index]
        let params = method.params.sample
        #expect(method.params.validate(params) == [], "\(method.name)")
        #expect(try method.paramsThroughStruct(params) == params, "\(method.name)")
        let result = method.result.sample
        #expect(method.result.validate(result, at: "result") == [], "\(method.name)")
        #expect(try method.resultThroughStruct(result) == result, "\(method.name)")
    }

    /// And here only those that must be.
    @Test(arguments: allMethods.indices) func `structs need no more members than their schemas do`(_ index: Int) throws {
        let method = allMethods[index]
        let params = method.params.fillingDefaults(in: method.params.leastSample)
        #expect(try method.paramsThroughStruct(params) == params, "\(method.name)")
        let result = method.result.leastSample
        #expect(try method.resultThroughStruct(result) == result, "\(method.name)")
    }

    /// A method that reads or writes by hand does what `Codable` would do.
    @Test(arguments: allMethods.indices) func `reading and writing by hand agrees with Codable`(_ index: Int) throws {
        let method = allMethods[index]
        try method.expectSameByHand(params: method.params.sample, result: method.result.sample)
        try method.expectSameByHand(
            params: method.params.fillingDefaults(in: method.params.leastSample), result: method.result.leastSample)
    }

    @Test func `the defaults of the structs are those of the schemas`() throws {
        try expectDefaults(DictionariesTrain.self, DictionariesTrain.Params(layers: [1]), ["layers": [1]])
        try expectDefaults(SAEsTrain.self, SAEsTrain.Params(layers: [1]), ["layers": [1]])
        try expectDefaults(SAEsEvaluate.self, SAEsEvaluate.Params(sae: "s1"), ["sae": "s1"])
        try expectDefaults(SAEsList.self, SAEsList.Params(), [:])
        try expectDefaults(SAEsImport.self, SAEsImport.Params(path: "/x"), ["path": "/x"])
        try expectDefaults(SAEsExplainLook.self, SAEsExplainLook.Params(sae: "s1"), ["sae": "s1"])
        try expectDefaults(SAEsAttribute.self, SAEsAttribute.Params(sae: "s1"), ["sae": "s1"])
        try expectDefaults(SAEsTrace.self, SAEsTrace.Params(), [:])
        try expectDefaults(SAEsExplore.self, SAEsExplore.Params(), [:])
        try expectDefaults(SAEsChain.self, SAEsChain.Params(sae: "s1", map: "m1"), ["sae": "s1", "map": "m1"])
        try expectDefaults(MapsTrain.self, MapsTrain.Params(dictionary: "d1"), ["dictionary": "d1"])
        try expectDefaults(AttentionExplain.self, AttentionExplain.Params(head: 2), ["head": 2])
        try expectDefaults(AttentionReconstruct.self, AttentionReconstruct.Params(), [:])
        try expectDefaults(AttentionPattern.self, AttentionPattern.Params(layer: 1), ["layer": 1])
        try expectDefaults(ActivationsCapture.self, ActivationsCapture.Params(names: ["x"]), ["names": ["x"]])
        try expectDefaults(TokensPredict.self, TokensPredict.Params(), [:])
        try expectDefaults(TokensEncode.self, TokensEncode.Params(text: "x"), ["text": "x"])
        try expectDefaults(PairsTop.self, PairsTop.Params(map: "m1"), ["map": "m1"])
        try expectDefaults(
            DictionariesCompare.self, DictionariesCompare.Params(dictionaries: ["d1", "d2"]), ["dictionaries": ["d1", "d2"]])
        try expectDefaults(MapsExport.self, MapsExport.Params(map: "m1", path: "/x"), ["map": "m1", "path": "/x"])
        try expectDefaults(PairsShared.self, PairsShared.Params(map: "m1"), ["map": "m1"])
        try expectDefaults(
            FeaturesGet.self, FeaturesGet.Params(dictionary: "d1", side: .key, features: [3]),
            ["dictionary": "d1", "side": "key", "features": [3]])
        try expectDefaults(DictionariesHistory.self, DictionariesHistory.Params(dictionary: "d1"), ["dictionary": "d1"])
        try expectDefaults(
            FeaturesPartners.self, FeaturesPartners.Params(map: "m1", side: .key, feature: 3),
            ["map": "m1", "side": "key", "feature": 3])
        try expectDefaults(
            PairsExamples.self, PairsExamples.Params(map: "m1", query_feature: 1, key_feature: 2),
            ["map": "m1", "query_feature": 1, "key_feature": 2])
        try expectDefaults(MapsReport.self, MapsReport.Params(map: "m1"), ["map": "m1"])
        try expectDefaults(ExamplesCollect.self, ExamplesCollect.Params(map: "m1"), ["map": "m1"])
        try expectDefaults(CachesCreate.self, CachesCreate.Params(activations: ["x"]), ["activations": ["x"]])
        try expectDefaults(CachesList.self, CachesList.Params(), [:])
        try expectDefaults(JobsList.self, JobsList.Params(), [:])
        try expectDefaults(MapsList.self, MapsList.Params(), [:])
        try expectDefaults(DictionariesList.self, DictionariesList.Params(), [:])
        try expectDefaults(HeadsComposition.self, HeadsComposition.Params(), [:])
        try expectDefaults(HeadsComponents.self, HeadsComponents.Params(), [:])
        try expectDefaults(HeadsOverlap.self, HeadsOverlap.Params(), [:])
        try expectDefaults(HeadsMetrics.self, HeadsMetrics.Params(), [:])
        try expectDefaults(HeadsRetrieval.self, HeadsRetrieval.Params(), [:])
        try expectDefaults(HeadsTable.self, HeadsTable.Params(), [:])
        try expectDefaults(ModelsSelftest.self, ModelsSelftest.Params(), [:])
        try expectDefaults(TasksRun.self, TasksRun.Params(task: "ioi"), ["task": "ioi"])
        try expectDefaults(
            InterventionsRank.self, InterventionsRank.Params(map: "m1", task: "ioi"), ["map": "m1", "task": "ioi"])
        try expectDefaults(
            InterventionsRun.self,
            InterventionsRun.Params(edits: [InterventionEdit(target: .head, layer: 1)], control: ControlParams()),
            ["edits": [["target": "head", "layer": 1]], "control": [:]])
        try expectDefaults(TracesRun.self, TracesRun.Params(), [:])
        try expectDefaults(TracesCreate.self, TracesCreate.Params(task: "ioi"), ["task": "ioi"])
        try expectDefaults(TracesList.self, TracesList.Params(), [:])
        try expectDefaults(TracesGet.self, TracesGet.Params(trace: "t1"), ["trace": "t1"])
        try expectDefaults(TracesExport.self, TracesExport.Params(trace: "t1", path: "/x"), ["trace": "t1", "path": "/x"])
        try expectDefaults(
            InterventionsSignal.self,
            InterventionsSignal.Params(look: TraceRoot(layer: 1, head: 2), upstream: [HeadName(layer: 0, head: 1)]),
            ["look": ["layer": 1, "head": 2], "upstream": [["layer": 0, "head": 1]]])
        try expectDefaults(
            FeaturesExamples.self, FeaturesExamples.Params(dictionary: "d1", side: .key, features: [3]),
            ["dictionary": "d1", "side": "key", "features": [3]])
    }

    private func expectDefaults<M: Method>(_ method: M.Type, _ params: M.Params, _ given: JSON) throws {
        #expect(try JSON(encoding: params) == method.params.fillingDefaults(in: given), "\(method.name)")
    }
}

extension Method {
    /// Checks that `decode` and `encode` are what `Codable` gives, in the order of the members too.
    static func expectSameByHand(params: JSON, result: JSON) throws {
        #expect(try JSON(encoding: decode(params)).text() == JSON(encoding: params.decode(Params.self)).text(), "\(name)")
        let decoded = try result.decode(Result.self)
        #expect(try encode(decoded).text() == JSON(encoding: decoded).text(), "\(name)")
    }

    /// Parameters as they come out of the struct into which they were decoded.
    static func paramsThroughStruct(_ json: JSON) throws -> JSON { try JSON(encoding: json.decode(Params.self)) }

    /// A result as it comes out of the struct into which it was decoded.
    static func resultThroughStruct(_ json: JSON) throws -> JSON { try JSON(encoding: json.decode(Result.self)) }
}

extension JSON {
    /// The value with every number rounded to a `Float`, which is what most structs keep.
    var inSinglePrecision: JSON {
        switch self {
        case .real(let value): .float(Float(value))
        case .array(let elements): .array(elements.map(\.inSinglePrecision))
        case .object(var object):
            {
                for (key, value) in object { object[key] = value.inSinglePrecision }
                return .object(object)
            }()
        case .null, .bool, .integer, .float, .string: self
        }
    }
}

extension Schema {
    /// A value that the schema allows, with every member that it names.
    var sample: JSON { sample { _ in true } }

    /// A value that the schema allows, with only those members that must be there.
    var leastSample: JSON { sample(where: \.isRequired) }

    private func sample(where included: (Property) -> Bool) -> JSON {
        switch shape {
        case .object(let properties):
            var object = JSONObject()
            for property in properties where included(property) {
                object[property.name] = property.schema.sample(where: included)
            }
            return .object(object)
        case .string(let choices, let length):
            return .string(choices.last ?? String(repeating: "x", count: max(1, length.lowerBound)))
        case .integer(let range): return .integer(min(max(7, range.lowerBound), range.upperBound))
        case .number: return [0.5, 0, 7, -7].first { validate($0).isEmpty } ?? nil
        case .boolean: return true
        case .array(let element, let count):
            return .array(Array(repeating: element.sample(where: included), count: max(2, count.lowerBound)))
        case .map(let element): return ["member": element.sample(where: included)]
        case .nullable(let inner): return inner.sample(where: included)
        case .either(let schemas): return schemas.last?.sample(where: included) ?? nil
        case .any: return ["any": [1, "two", 3.5]]
        }
    }

    /// Every member at every depth, with its path.
    func members(at path: String) -> [(path: String, schema: Schema)] {
        switch shape {
        case .object(let properties):
            properties.flatMap { [("\(path).\($0.name)", $0.schema)] + $0.schema.members(at: "\(path).\($0.name)") }
        case .array(let element, _): element.members(at: path + "[]")
        case .map(let element), .nullable(let element): element.members(at: path)
        case .either(let schemas): schemas.flatMap { $0.members(at: path) }
        case .string, .integer, .number, .boolean, .any: []
        }
    }
}
