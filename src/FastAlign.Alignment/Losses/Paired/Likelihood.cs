namespace FastAlign.Alignment;

/// <summary>A negative log-likelihood beside a paired loss, <c>weight NLL</c>: keeps the policy able to write what it is to prefer.</summary>
/// <param name="Weight">Factor; 0 leaves it out, and reports 0 as TRL does.</param>
/// <param name="Rows">Whose rows.</param>
/// <param name="Average">How they are averaged.</param>
public sealed record Likelihood(double Weight, LikelihoodRows Rows, LikelihoodAverage Average = LikelihoodAverage.Tokens)
{
    /// <summary>What the sum over a step is divided by.</summary>
    internal double Denominator(StepCounts step) => Math.Max(1, (Average, Rows) switch
    {
        (LikelihoodAverage.Tokens, LikelihoodRows.Chosen) => step.ChosenTokens,
        (LikelihoodAverage.Tokens, LikelihoodRows.Anchor) => step.AnchorTokens,
        (LikelihoodAverage.Tokens, LikelihoodRows.ChosenAndAnchor) => step.ChosenTokens + step.AnchorTokens,
        (LikelihoodAverage.Tokens, _) => step.Tokens,
        _ => step.Examples,
    });

    /// <summary>Adds one sequence: <c>dLogp -= scale w</c> on its rows. Returns its negative log-likelihood, averaged if <see cref="LikelihoodAverage.ExampleMeans"/>.</summary>
    internal double Add(in LossInputs inputs, int sequence, double scale, Span<double> dLogProb)
    {
        int rows = inputs.RowStarts[sequence + 1] - inputs.RowStarts[sequence];
        double share = Average == LikelihoodAverage.ExampleMeans ? 1.0 / Math.Max(1, rows) : 1;
        double sum = 0;
        for (int t = inputs.RowStarts[sequence]; t < inputs.RowStarts[sequence + 1]; t++)
        {
            double mask = inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];
            if (mask != 0)
            {
                sum -= mask * inputs.LogProb[t];
                dLogProb[t] -= scale * share * mask;
            }
        }

        return share * sum;
    }
}

/// <summary>Whose rows a <see cref="Likelihood"/> covers.</summary>
public enum LikelihoodRows
{
    /// <summary>The chosen completion.</summary>
    Chosen,

    /// <summary>The third sequence of the example: a demonstration.</summary>
    Anchor,

    /// <summary>Both: the third sequence is then the prompt, scored once.</summary>
    ChosenAndAnchor,

    /// <summary>Chosen and rejected.</summary>
    Completions,
}

/// <summary>How the rows of a <see cref="Likelihood"/> are averaged over an optimizer step.</summary>
public enum LikelihoodAverage
{
    /// <summary>Over tokens: a long completion weighs more.</summary>
    Tokens,

    /// <summary>Mean over the tokens of each example, then over examples.</summary>
    ExampleMeans,

    /// <summary>Sum over the tokens of each example, mean over examples.</summary>
    ExampleSums,
}
