/// Every method of the service, in the order in which they are read.
public let allMethods: [any Method.Type] = [
    SystemPing.self, SystemInfo.self, SystemMetrics.self, StoreStats.self, StoreVerify.self, StoreBackup.self, RPCDiscover.self,
    ModelsList.self, ModelsLoad.self, ModelsGet.self, ModelsUnload.self,
    TokensEncode.self, TokensDecode.self, TokensPredict.self,
    ActivationsCapture.self,
    AttentionPattern.self, AttentionReconstruct.self, AttentionExplain.self,
    DictionariesTrain.self, DictionariesList.self, DictionariesGet.self, DictionariesDelete.self,
    DictionariesEvaluate.self, DictionariesCompare.self, DictionariesExport.self, DictionariesImport.self,
    MapsTrain.self, MapsList.self, MapsGet.self, MapsHeads.self, MapsReport.self, MapsExport.self, MapsImport.self,
    MapsDelete.self,
    PairsLookup.self, PairsLookupBatch.self, PairsTop.self, PairsShared.self, PairsExamples.self,
    ExamplesCollect.self, ExamplesGet.self,
    FeaturesExamples.self, FeaturesPartners.self,
    TasksList.self, TasksRun.self,
    InterventionsRun.self, InterventionsRank.self,
    CachesCreate.self, CachesList.self, CachesGet.self, CachesDelete.self,
    JobsList.self, JobsGet.self, JobsWait.self, JobsSubscribe.self, JobsMetrics.self, JobsCancel.self, JobsDelete.self,
]
