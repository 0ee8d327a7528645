using System.Runtime.Intrinsics;
using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>
/// Draws tokens from rows of logits: temperature, then top-k, then top-p, as transformers' logits processors do, in double.
/// Allocates nothing after construction.
/// </summary>
public sealed class Sampler(SamplingOptions options, int vocab)
{
    private const int PickStretch = 256;

    private readonly double[] _weights = new double[vocab];
    private readonly double[] _sorted = new double[vocab];

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">[V], finite.</param>
    /// <param name="sample">Which sample of the run: selects the random stream.</param>
    /// <param name="step">How many tokens were drawn for it before.</param>
    public int Next(ReadOnlySpan<double> logits, int sample, int step)
    {
        if (options.IsGreedy)
        {
            return logits.IndexOf(Max(logits));
        }

        double total = Weigh(logits);
        double point = new Philox(options.Seed, RandomPurpose.Sampling, (ulong)sample).Uniform((ulong)step) * total;
        return Pick(point, logits.Length);
    }

    /// <summary>[V] what <see cref="Weigh"/> found: probabilities up to a common factor, 0 for tokens that are left out.</summary>
    internal ReadOnlySpan<double> Weights => _weights;

    /// <summary>Weighs every token by temperature, top-k and top-p.</summary>
    /// <param name="logits">[V], finite.</param>
    /// <returns>The sum of the weights.</returns>
    internal double Weigh(ReadOnlySpan<double> logits)
    {
        double max = Max(logits);
        double threshold = options.TopK > 0 && options.TopK < logits.Length ? KthLargest(logits, options.TopK) : double.NegativeInfinity;
        double total = WeighAll(logits, max, threshold);
        return options.TopP < 1 ? KeepNucleus(total, logits.Length) : total;
    }

    /// <summary><c>exp((z - max) / temperature)</c>, 0 below the threshold; eight at a time, since large vocabularies take longer than a small model's layers.</summary>
    private double WeighAll(ReadOnlySpan<double> logits, double max, double threshold)
    {
        Vector512<double> sums = default;
        int v = 0;
        for (; v + Vector512<double>.Count <= logits.Length; v += Vector512<double>.Count)
        {
            Vector512<double> z = Vector512.Create(logits[v..]);
            Vector512<double> weights = Vector512.Exp((z - Vector512.Create(max)) / options.Temperature);
            weights = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(z, Vector512.Create(threshold)), weights, Vector512<double>.Zero);
            weights.CopyTo(_weights, v);
            sums += weights;
        }

        double total = Vector512.Sum(sums);
        for (; v < logits.Length; v++)
        {
            _weights[v] = logits[v] >= threshold ? Math.Exp((logits[v] - max) / options.Temperature) : 0;
            total += _weights[v];
        }

        return total;
    }

    private static double Max(ReadOnlySpan<double> values)
    {
        Vector512<double> maxima = Vector512.Create(double.NegativeInfinity);
        int v = 0;
        for (; v + Vector512<double>.Count <= values.Length; v += Vector512<double>.Count)
        {
            maxima = Vector512.Max(maxima, Vector512.Create(values[v..]));
        }

        double max = double.NegativeInfinity;
        for (int lane = 0; lane < Vector512<double>.Count; lane++)
        {
            max = Math.Max(max, maxima[lane]);
        }

        for (; v < values.Length; v++)
        {
            max = Math.Max(max, values[v]);
        }

        return max;
    }

    private double KthLargest(ReadOnlySpan<double> logits, int k)
    {
        Span<double> sorted = _sorted.AsSpan(0, logits.Length);
        logits.CopyTo(sorted);
        sorted.Sort();
        return sorted[^k];
    }

    /// <summary>
    /// Removes tokens from the low end while their cumulative probability stays at or below 1 - p; the most likely token always stays. Of equally
    /// likely tokens at the boundary the lower ids stay.
    /// </summary>
    private double KeepNucleus(double total, int length)
    {
        Span<double> sorted = _sorted.AsSpan(0, length);
        _weights.AsSpan(0, length).CopyTo(sorted);
        sorted.Sort();
        double removable = (1 - options.TopP) * total;
        double removed = 0;
        int first = 0;
        while (first < length - 1 && removed + sorted[first] <= removable)
        {
            removed += sorted[first++];
        }

        double smallestKept = sorted[first];
        int tiesToRemove = 0;
        while (tiesToRemove < first && sorted[first - tiesToRemove - 1] == smallestKept)
        {
            tiesToRemove++;
        }

        return RemoveBelow(smallestKept, tiesToRemove, length);
    }

    private double RemoveBelow(double smallestKept, int tiesToRemove, int length)
    {
        double kept = 0;
        for (int v = length - 1; v >= 0; v--)
        {
            bool isRemoved = _weights[v] < smallestKept || (_weights[v] == smallestKept && tiesToRemove-- > 0);
            _weights[v] = isRemoved ? 0 : _weights[v];
            kept += _weights[v];
        }

        return kept;
    }

    /// <summary>The token at which the sum of the weights passes <paramref name="point"/>; stretches that it leaves behind are passed over by their sums.</summary>
    private int Pick(double point, int length)
    {
        int last = 0;
        for (int start = 0; start < length; start += PickStretch)
        {
            ReadOnlySpan<double> stretch = _weights.AsSpan(start, Math.Min(PickStretch, length - start));
            double sum = Sum(stretch);
            if (sum > 0)
            {
                last = start;
                if (point < sum)
                {
                    break;
                }

                point -= sum;
            }
        }

        // Rounding may leave a remainder after the last token with weight.
        int token = last;
        for (int v = last; v < Math.Min(last + PickStretch, length) && point >= 0; v++)
        {
            if (_weights[v] > 0)
            {
                token = v;
                point -= _weights[v];
            }
        }

        return token;
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        Vector512<double> sums = default;
        int v = 0;
        for (; v + Vector512<double>.Count <= values.Length; v += Vector512<double>.Count)
        {
            sums += Vector512.Create(values[v..]);
        }

        double sum = Vector512.Sum(sums);
        for (; v < values.Length; v++)
        {
            sum += values[v];
        }

        return sum;
    }
}
