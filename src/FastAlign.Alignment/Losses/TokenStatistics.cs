namespace FastAlign.Alignment;

/// <summary>What a token formula sees, in double; see <see cref="Kernels.Token{T}"/>.</summary>
/// <param name="LogProb">log pi, nats.</param>
/// <param name="LogRatio">Log of the importance ratio, nats.</param>
/// <param name="ReferenceLogRatio">log pi - log ref, nats; 0 without a reference.</param>
/// <param name="SequenceLogRatio">Sum of the log-ratios of the sequence, nats.</param>
/// <param name="Advantage">In the unit of the reward.</param>
public readonly record struct TokenStatistics(double LogProb, double LogRatio, double ReferenceLogRatio, double SequenceLogRatio, double Advantage);
