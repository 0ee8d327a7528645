using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Rewards of S completions by K functions; NaN where a function could not score.</summary>
public readonly ref struct RewardTable
{
    private readonly ReadOnlySpan<double> _values;

    /// <param name="values">[S, K], by rows.</param>
    /// <param name="functions">K.</param>
    /// <exception cref="ShapeException">Not whole rows.</exception>
    public RewardTable(ReadOnlySpan<double> values, int functions)
    {
        if (functions < 1 || values.Length % functions != 0)
        {
            throw new ShapeException($"[rewards] expected [S, {functions}], got [{values.Length}]");
        }

        _values = values;
        Functions = functions;
    }

    /// <summary>K.</summary>
    public int Functions { get; }

    /// <summary>S.</summary>
    public int Completions => _values.Length / Functions;

    /// <summary>Rewards of one function.</summary>
    /// <param name="function">Which, from 0.</param>
    /// <param name="rewards">[S] assigned.</param>
    public void Column(int function, Span<double> rewards)
    {
        for (int s = 0; s < Completions; s++)
        {
            rewards[s] = _values[(s * Functions) + function];
        }
    }

    /// <summary><c>sum_k w_k r_k</c> of what could be scored; NaN where nothing could.</summary>
    /// <param name="weights">[K], or empty for 1 each.</param>
    /// <param name="rewards">[S] assigned.</param>
    public void Sum(ReadOnlySpan<double> weights, Span<double> rewards)
    {
        if (!weights.IsEmpty && weights.Length != Functions)
        {
            throw new ShapeException($"[rewards] weights: expected [{Functions}], got [{weights.Length}]");
        }

        for (int s = 0; s < Completions; s++)
        {
            double sum = 0;
            int scored = 0;
            for (int k = 0; k < Functions; k++)
            {
                double reward = _values[(s * Functions) + k];
                if (!double.IsNaN(reward))
                {
                    sum += (weights.IsEmpty ? 1 : weights[k]) * reward;
                    scored++;
                }
            }

            rewards[s] = scored > 0 ? sum : double.NaN;
        }
    }
}
