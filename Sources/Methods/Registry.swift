public import API
public import Artifacts
public import Jobs
public import Store

/// Every method that the service has: to add one, write its file in `API`, its handler here, and one line in this list.
public enum Registry {
    /// The handlers, in the order in which the service describes its methods.
    public static func handlers(
        store: Store, embedded: LoadedModel, jobs: JobQueue, prompts: PromptCache, compute: Compute,
        facts: ServiceFacts, now: @escaping @Sendable () -> Int
    ) -> [any MethodHandler] {
        let care = Compute(name: "store care")
        let models = ModelLibrary(embedded: embedded, store: store, compute: compute)
        let caches = CacheArchive(store: store)
        let dictionaries = DictionaryLibrary(store: store, models: models, compute: compute)
        let handlers: [any MethodHandler] = [
            SystemPingHandler(),
            SystemInfoHandler(facts: facts, prompts: prompts),
            SystemMetricsHandler(facts: facts, store: store, jobs: jobs, models: models, prompts: prompts, compute: compute),
            StoreStatsHandler(store: store, facts: facts, care: care),
            StoreVerifyHandler(store: store, care: care),
            StoreBackupHandler(store: store, care: care),
            RequestsCancelHandler(),
            ModelsListHandler(models: models),
            ModelsGetHandler(models: models),
            ModelsLoadHandler(models: models),
            ModelsUnloadHandler(models: models, prompts: prompts),
            TokensEncodeHandler(models: models),
            TokensDecodeHandler(models: models),
            TokensPredictHandler(models: models, compute: compute),
            ActivationsCaptureHandler(models: models, compute: compute),
            AttentionPatternHandler(models: models, prompts: prompts, compute: compute),
            AttentionReconstructHandler(dictionaries: dictionaries, prompts: prompts, compute: compute),
            AttentionExplainHandler(dictionaries: dictionaries, prompts: prompts, compute: compute),
            DictionariesListHandler(dictionaries: dictionaries, compute: compute),
            DictionariesGetHandler(dictionaries: dictionaries),
            DictionariesTrainHandler(models: models, caches: caches, jobs: jobs, compute: compute),
            DictionariesDeleteHandler(dictionaries: dictionaries, compute: compute),
            DictionariesEvaluateHandler(dictionaries: dictionaries, models: models, jobs: jobs, compute: compute),
            DictionariesExportHandler(dictionaries: dictionaries, compute: compute),
            DictionariesCompareHandler(dictionaries: dictionaries, models: models, compute: compute),
            DictionariesImportHandler(dictionaries: dictionaries, models: models, compute: compute, now: now),
            MapsListHandler(dictionaries: dictionaries, compute: compute),
            MapsGetHandler(dictionaries: dictionaries),
            MapsTrainHandler(dictionaries: dictionaries, models: models, jobs: jobs, compute: compute),
            MapsReportHandler(dictionaries: dictionaries, models: models, compute: compute),
            MapsDeleteHandler(dictionaries: dictionaries, compute: compute),
            MapsExportHandler(dictionaries: dictionaries, compute: compute),
            MapsImportHandler(dictionaries: dictionaries, compute: compute, now: now),
            MapsHeadsHandler(dictionaries: dictionaries, compute: compute),
            PairsLookupHandler(dictionaries: dictionaries),
            PairsLookupBatchHandler(dictionaries: dictionaries),
            PairsTopHandler(dictionaries: dictionaries, compute: compute),
            PairsSharedHandler(dictionaries: dictionaries, compute: compute),
            PairsExamplesHandler(dictionaries: dictionaries),
            ExamplesCollectHandler(dictionaries: dictionaries, models: models, jobs: jobs, compute: compute),
            ExamplesGetHandler(dictionaries: dictionaries),
            FeaturesExamplesHandler(dictionaries: dictionaries, models: models, compute: compute),
            FeaturesPartnersHandler(dictionaries: dictionaries, compute: compute),
            TasksListHandler(models: models, compute: compute),
            TasksRunHandler(models: models, compute: compute),
            InterventionsRunHandler(dictionaries: dictionaries, models: models, compute: compute),
            InterventionsRankHandler(dictionaries: dictionaries, compute: compute),
            CachesListHandler(caches: caches),
            CachesGetHandler(caches: caches),
            CachesCreateHandler(models: models, jobs: jobs, compute: compute),
            CachesDeleteHandler(caches: caches, jobs: jobs, compute: compute),
            JobsListHandler(jobs: jobs),
            JobsGetHandler(jobs: jobs),
            JobsCancelHandler(jobs: jobs),
            JobsWaitHandler(jobs: jobs),
            JobsSubscribeHandler(jobs: jobs),
            JobsUnsubscribeHandler(),
            JobsMetricsHandler(jobs: jobs),
            JobsDeleteHandler(jobs: jobs),
        ]
        return handlers.translatingErrors
    }
}
