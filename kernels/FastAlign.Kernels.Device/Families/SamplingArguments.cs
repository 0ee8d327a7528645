namespace FastAlign.Kernels.Device;

/// <summary>Draws one token per row of logits: temperature, then top-k, then top-p.</summary>
/// <param name="Logits">[R, V], finite.</param>
/// <param name="Rows">R.</param>
/// <param name="Vocabulary">V.</param>
/// <param name="Temperature">Divides the logits; 0 takes the largest.</param>
/// <param name="TopK">Keeps the k largest logits and ties of the k-th; 0 keeps all.</param>
/// <param name="TopP">Keeps the smallest set of tokens whose probability reaches p; 1 keeps all.</param>
/// <param name="Seed">Of the draws.</param>
/// <param name="Purpose">Of the draws.</param>
/// <param name="Samples">[R] stream of each row.</param>
/// <param name="Steps">[R] draw of the stream.</param>
/// <param name="Ids">[R] tokens drawn.</param>
public readonly record struct SamplingArguments(
    MatrixView<float> Logits, int Rows, int Vocabulary, float Temperature, int TopK, float TopP, ulong Seed, uint Purpose, VectorView<int> Samples, VectorView<int> Steps, VectorView<int> Ids);
