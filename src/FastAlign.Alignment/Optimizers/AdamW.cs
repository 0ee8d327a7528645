using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// AdamW over the two flat parts of a <see cref="ParameterSet"/>: two ops per step, whatever the number of parameters.
/// <c>p -= rate wd p</c> (decayed part), <c>m = b1 m + (1-b1) g</c>, <c>v = b2 v + (1-b2) g^2</c>,
/// <c>p -= rate / (1-b1^t) * m / (sqrt(v) / sqrt(1-b2^t) + eps)</c>, with <c>g</c> the gradient times its clipping coefficient.
/// </summary>
/// <remarks>
/// Owns its moments and nothing else. State to save for an exact resume: both moments and <see cref="StepCount"/>. A step allocates nothing.
/// Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2; order of operations of torch.optim.AdamW.
/// </remarks>
public sealed class AdamW : IDisposable
{
    private readonly AdamWOptions _options;

    /// <summary>Zeroed moments in the layout of <paramref name="parameters"/>, on its backend.</summary>
    /// <exception cref="InputException">An option is outside its range.</exception>
    public AdamW(ParameterSet parameters, AdamWOptions options)
    {
        options.Validate();
        _options = options;
        FirstMoment = parameters.ZerosLike();
        SecondMoment = parameters.ZerosLike();
    }

    /// <summary>Running mean of gradients, same layout as the parameters.</summary>
    public ParameterSet FirstMoment { get; }

    /// <summary>Running mean of squared gradients, same layout as the parameters.</summary>
    public ParameterSet SecondMoment { get; }

    /// <summary>Steps taken so far: t of the bias corrections. Set only to resume, together with the moments.</summary>
    public int StepCount { get; set; }

    /// <summary>One update of <paramref name="parameters"/> in place.</summary>
    /// <param name="parameters">Of the layout the optimizer was made for.</param>
    /// <param name="gradients">Same layout; read only.</param>
    /// <param name="learningRate">Rate of this step, e.g. <see cref="LearningRateSchedule.Rate"/> of the steps taken so far.</param>
    /// <param name="gradientScale">Multiplies the gradients on the fly: <see cref="GradientClip.Coefficient"/>, or 1.</param>
    public void Step(ParameterSet parameters, ParameterSet gradients, double learningRate, double gradientScale = 1)
    {
        StepCount++;
        AdamWStep plain = new(learningRate, _options.Beta1, _options.Beta2, _options.Epsilon, 0, StepCount, gradientScale);
        AdamWStep decayed = plain with { WeightDecay = _options.WeightDecay };
        Update(decayed, parameters.Decayed, gradients.Decayed, FirstMoment.Decayed, SecondMoment.Decayed);
        Update(plain, parameters.Plain, gradients.Plain, FirstMoment.Plain, SecondMoment.Plain);

        void Update(AdamWStep step, Tensor part, Tensor gradient, Tensor first, Tensor second)
        {
            if (part.Shape.Length > 0)
            {
                parameters.Backend.Ops.AdamW(step, part, gradient, first, second);
            }
        }
    }

    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }
}
