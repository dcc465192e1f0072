import API
import Dictionaries

extension DictionariesTrain.Params {
    /// How the dictionaries are trained.
    var recipe: TrainingRecipe {
        TrainingRecipe(
            schedule: TrainingSchedule(
                steps: steps, learningRate: Float(learning_rate), lambda: Float(sparsity), mu: Float(mse),
                muShare: mse > 0 ? mse_warm_share : nil),
            epsilon: Float(sparsity_epsilon))
    }
}
