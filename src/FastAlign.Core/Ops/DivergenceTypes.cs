namespace FastAlign.Core;

/// <summary>Rows projected on the vocabulary of one model, tile by tile: <c>x wᵀ + b</c>.</summary>
/// <param name="X">[R, C] hidden states of the scored rows, after the final norm.</param>
/// <param name="W">[V, C] output embedding.</param>
/// <param name="Bias">[V] or none.</param>
/// <param name="LogZ">[R] <c>log sum_v exp z_v</c>, from <see cref="IOps.LogProbHeadForward"/> with the same <see cref="HeadSpec"/>; none where an op needs no probabilities.</param>
public readonly record struct VocabularyRows(Tensor X, Tensor W, Tensor Bias, Tensor LogZ);

/// <summary>Where gradients of vocabulary rows go.</summary>
/// <param name="Write">What happens to <paramref name="X"/>: assigned, or added to, the chain over the vocabulary then starting from the value already there.</param>
/// <param name="X">[R, C] output.</param>
/// <param name="W">[V, C] output, <c>+=</c>; none when frozen.</param>
/// <param name="Bias">[V] output, <c>+=</c>, or none.</param>
public readonly record struct VocabularyGradients(Write Write, Tensor X, Tensor W, Tensor Bias);

/// <summary>
/// Generalised Jensen-Shannon divergence of the teacher's q and the student's p (Agarwal et al., 2024, equation 1), with the ends that TRL gives it:
/// <c>KL(q, p)</c> at 0, <c>KL(p, q)</c> at 1, else <c>beta KL(q, m) + (1 - beta) KL(p, m)</c>, <c>m = beta q + (1 - beta) p</c>.
/// </summary>
/// <param name="Beta">In [0, 1].</param>
/// <param name="Student">Scale, cap and temperature of the student's logits.</param>
/// <param name="Teacher">Scale, cap and temperature of the teacher's logits.</param>
public readonly record struct DivergenceSpec(double Beta, HeadSpec Student, HeadSpec Teacher);

/// <summary>Results of the divergence head, one number per row.</summary>
/// <param name="Value">[R] the divergence, nats.</param>
/// <param name="SlopeSum">[R] <c>G = sum_v g_v</c>, what the softmax's Jacobian needs; backward reads it.</param>
public readonly record struct DivergenceOutputs(Tensor Value, Tensor SlopeSum);
