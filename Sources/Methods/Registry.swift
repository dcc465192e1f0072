public import API
public import Artifacts
public import Jobs
public import Store
public import Tensors

/// Every method that the service has: to add one, write its file in `API`, its handler here, and one line in this list.
public enum Registry {
    /// The handlers, in the order in which the service describes its methods.
    ///
    /// - Parameters:
    ///   - clientRoots: Beneath which directories users other than the service's own and root may name files.
    ///   - goldens: Files of known numbers that come with the service.
    public static func handlers(
        store: Store, embedded: LoadedModel, jobs: JobQueue, prompts: PromptCache, compute: Compute, clientRoots: [String],
        goldens: [GuardedPath], facts: ServiceFacts, now: @escaping @Sendable () -> Int
    ) -> [any MethodHandler] {
        let care = Compute(name: "store care"), rights = Rights(clientRoots: clientRoots)
        let models = ModelLibrary(embedded: embedded, store: store, compute: compute)
        let caches = CacheArchive(store: store)
        let dictionaries = DictionaryLibrary(store: store, models: models, compute: compute)
        let decompositions = DecompositionLibrary(store: store)
        let traces = TraceArchive(store: store)
        let saes = SAEArchive(store: store)
        let studies = StudyArchive(store: store)
        let autoencoders = SAELibrary(archive: saes, models: models, compute: compute)
        let handlers: [any MethodHandler] = [
            SystemPingHandler(),
            SystemInfoHandler(facts: facts, prompts: prompts),
            SystemMetricsHandler(facts: facts, store: store, jobs: jobs, models: models, prompts: prompts, compute: compute),
            StoreStatsHandler(store: store, facts: facts, care: care),
            StoreVerifyHandler(store: store, care: care),
            StoreBackupHandler(store: store, care: care, rights: rights),
            RequestsCancelHandler(),
            ModelsListHandler(models: models),
            ModelsGetHandler(models: models),
            ModelsLoadHandler(models: models, rights: rights),
            ModelsUnloadHandler(
                models: models, prompts: prompts, decompositions: decompositions, compute: compute, rights: rights),
            ModelsSelftestHandler(
                models: models, decompositions: decompositions, compute: compute, rights: rights, known: goldens),
            TokensEncodeHandler(models: models),
            TokensDecodeHandler(models: models),
            TokensPredictHandler(models: models, compute: compute),
            ActivationsCaptureHandler(models: models, compute: compute, rights: rights),
            AttentionPatternHandler(models: models, prompts: prompts, compute: compute, rights: rights),
            AttentionReconstructHandler(dictionaries: dictionaries, prompts: prompts, compute: compute, rights: rights),
            AttentionExplainHandler(dictionaries: dictionaries, prompts: prompts, compute: compute),
            SignalsDecomposeHandler(models: models, decompositions: decompositions, compute: compute, rights: rights),
            SignalsLookHandler(
                models: models, prompts: prompts, decompositions: decompositions, compute: compute, rights: rights),
            SignalsStatisticsHandler(models: models, decompositions: decompositions, compute: compute, rights: rights),
            SignalsAgreementHandler(
                dictionaries: dictionaries, models: models, decompositions: decompositions, compute: compute, rights: rights),
            DictionariesListHandler(dictionaries: dictionaries, compute: compute),
            DictionariesGetHandler(dictionaries: dictionaries),
            DictionariesHistoryHandler(dictionaries: dictionaries),
            DictionariesTrainHandler(models: models, caches: caches, jobs: jobs, compute: compute, rights: rights),
            DictionariesDeleteHandler(dictionaries: dictionaries, compute: compute, rights: rights),
            DictionariesEvaluateHandler(dictionaries: dictionaries, models: models, jobs: jobs, compute: compute, rights: rights),
            DictionariesExportHandler(dictionaries: dictionaries, compute: compute, rights: rights),
            DictionariesCompareHandler(dictionaries: dictionaries, models: models, compute: compute, rights: rights),
            DictionariesImportHandler(dictionaries: dictionaries, models: models, compute: compute, rights: rights, now: now),
            SAEsTrainHandler(models: models, caches: caches, jobs: jobs, compute: compute, rights: rights),
            SAEsListHandler(saes: saes, compute: compute),
            SAEsGetHandler(saes: saes),
            SAEsEvaluateHandler(saes: saes, models: models, jobs: jobs, compute: compute, rights: rights),
            SAEsExportHandler(saes: saes, compute: compute, rights: rights),
            SAEsImportHandler(saes: saes, store: store, models: models, compute: compute, rights: rights, now: now),
            SAEsExplainLookHandler(saes: autoencoders, compute: compute),
            SAEsAttributeHandler(saes: autoencoders, compute: compute),
            SAEsTraceHandler(saes: autoencoders, compute: compute, rights: rights),
            SAEsExploreHandler(saes: autoencoders, compute: compute),
            SAEsChainHandler(saes: autoencoders, dictionaries: dictionaries, prompts: prompts, compute: compute),
            SAEsDeleteHandler(saes: saes, compute: compute, rights: rights),
            MapsListHandler(dictionaries: dictionaries, compute: compute),
            MapsGetHandler(dictionaries: dictionaries),
            MapsTrainHandler(dictionaries: dictionaries, models: models, jobs: jobs, compute: compute, rights: rights),
            MapsReportHandler(dictionaries: dictionaries, models: models, compute: compute, rights: rights),
            MapsDeleteHandler(dictionaries: dictionaries, compute: compute, rights: rights),
            MapsExportHandler(dictionaries: dictionaries, compute: compute, rights: rights),
            MapsImportHandler(dictionaries: dictionaries, compute: compute, rights: rights, now: now),
            MapsHeadsHandler(dictionaries: dictionaries, compute: compute),
            PairsLookupHandler(dictionaries: dictionaries),
            PairsLookupBatchHandler(dictionaries: dictionaries),
            PairsTopHandler(dictionaries: dictionaries, compute: compute),
            PairsSharedHandler(dictionaries: dictionaries, compute: compute),
            PairsExamplesHandler(dictionaries: dictionaries),
            ExamplesCollectHandler(dictionaries: dictionaries, models: models, jobs: jobs, compute: compute, rights: rights),
            ExamplesGetHandler(dictionaries: dictionaries),
            FeaturesGetHandler(dictionaries: dictionaries, compute: compute),
            FeaturesExamplesHandler(dictionaries: dictionaries, models: models, compute: compute, rights: rights),
            FeaturesPartnersHandler(dictionaries: dictionaries, compute: compute),
            HeadsCompositionHandler(models: models, compute: compute),
            HeadsComponentsHandler(models: models, decompositions: decompositions, compute: compute),
            HeadsOverlapHandler(models: models, decompositions: decompositions, compute: compute),
            HeadsMetricsHandler(models: models, compute: compute, rights: rights),
            HeadsRetrievalHandler(models: models, compute: compute, rights: rights),
            HeadsTableHandler(models: models, decompositions: decompositions, compute: compute, rights: rights),
            TasksListHandler(models: models, compute: compute, rights: rights),
            TasksRunHandler(models: models, compute: compute, rights: rights),
            InterventionsRunHandler(dictionaries: dictionaries, models: models, compute: compute, rights: rights),
            InterventionsRankHandler(dictionaries: dictionaries, compute: compute, rights: rights),
            InterventionsSignalHandler(models: models, decompositions: decompositions, compute: compute, rights: rights),
            InterventionsFeaturesHandler(saes: autoencoders, compute: compute, rights: rights),
            TracesRunHandler(models: models, decompositions: decompositions, compute: compute, rights: rights),
            TracesCreateHandler(models: models, jobs: jobs, compute: compute, rights: rights),
            TracesListHandler(traces: traces, compute: compute),
            TracesGetHandler(traces: traces, compute: compute),
            TracesExportHandler(traces: traces, compute: compute, rights: rights),
            TracesDeleteHandler(traces: traces, compute: compute, rights: rights),
            StudiesRunHandler(saes: saes, models: models, jobs: jobs, compute: compute, rights: rights),
            StudiesListHandler(studies: studies, compute: compute),
            StudiesGetHandler(studies: studies, compute: compute),
            StudiesDeleteHandler(studies: studies, compute: compute, rights: rights),
            CachesListHandler(caches: caches),
            CachesGetHandler(caches: caches),
            CachesCreateHandler(models: models, jobs: jobs, compute: compute, rights: rights),
            CachesDeleteHandler(caches: caches, jobs: jobs, compute: compute, rights: rights),
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
