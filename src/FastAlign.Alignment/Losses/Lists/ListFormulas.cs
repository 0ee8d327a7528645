using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// <c>sum over psi_i > psi_j of w_ij log(1 + e^-(s_i - s_j))</c>. Weighted, <c>w_ij = |G_i - G_j| |1/D_i - 1/D_j|</c> with gains <c>G = 2^psi - 1</c> and discounts
/// <c>D = log(1 + rank)</c>: how much the order of the two matters to DCG (LiPO-lambda: Liu et al., 2024, equation 8). Else w = 1: DPO over all pairs.
/// </summary>
/// <remarks>Weights see scores through ranks only, so they have no gradient.</remarks>
/// <param name="isWeighted">Which.</param>
public readonly struct LogisticList(bool isWeighted) : IListFormula
{
    public ListValue<T> Loss<T>(in RankedList<T> list)
        where T : struct, ILane<T>
    {
        T sum = T.Constant(0);
        int terms = 0;
        for (int i = 0; i < list.Scores.Length; i++)
        {
            for (int j = 0; j < list.Scores.Length; j++)
            {
                if (list.Labels[i] > list.Labels[j])
                {
                    T loss = T.Softplus(-(list.Scores[i] - list.Scores[j]));
                    sum += isWeighted ? T.Constant(Weight(list.Labels[i], list.Labels[j], list.Ranks[i], list.Ranks[j])) * loss : loss;
                    terms++;
                }
            }
        }

        return new ListValue<T>(sum, terms);
    }

    private static double Weight(double better, double worse, int rank, int otherRank) =>
        Math.Abs(Math.Pow(2, better) - Math.Pow(2, worse)) * Math.Abs((1 / Math.Log(1 + rank)) - (1 / Math.Log(1 + otherRank)));
}

/// <summary><c>sum over psi_i > psi_j of max(0, 1 - (s_i - s_j))</c>: SLiC over a list.</summary>
public readonly struct HingeList : IListFormula
{
    public ListValue<T> Loss<T>(in RankedList<T> list)
        where T : struct, ILane<T>
    {
        T sum = T.Constant(0);
        int terms = 0;
        for (int i = 0; i < list.Scores.Length; i++)
        {
            for (int j = 0; j < list.Scores.Length; j++)
            {
                if (list.Labels[i] > list.Labels[j])
                {
                    sum += StableForms.Relu(T.Constant(1) - (list.Scores[i] - list.Scores[j]));
                    terms++;
                }
            }
        }

        return new ListValue<T>(sum, terms);
    }
}

/// <summary>
/// <c>-sum_k log(e^s_k / sum over the k-th best and worse of e^s)</c>: the Plackett-Luce likelihood of the order that the labels give (list-MLE; DPO: Rafailov et al., 2023,
/// appendix A.3). Equal labels are ordered as in the data. Two completions give DPO.
/// </summary>
public readonly struct PlackettLuceList : IListFormula
{
    public ListValue<T> Loss<T>(in RankedList<T> list)
        where T : struct, ILane<T>
    {
        T sum = T.Constant(0);
        for (int k = 0; k + 1 < list.Order.Length; k++)
        {
            sum += LogSum.Of(list.Scores, list.Order[k..]) - list.Scores[list.Order[k]];
        }

        return new ListValue<T>(sum, list.Order.Length - 1);
    }
}

/// <summary><c>-sum_i (psi_i / sum psi) log softmax(s)_i</c>: cross-entropy of the policy's choice to labels, at least 0, taken for a distribution; equal shares if all are 0.</summary>
public readonly struct SoftmaxList : IListFormula
{
    public ListValue<T> Loss<T>(in RankedList<T> list)
        where T : struct, ILane<T>
    {
        double total = 0;
        foreach (double label in list.Labels)
        {
            total += label;
        }

        T logSum = LogSum.Of(list.Scores, list.Order);
        T sum = T.Constant(0);
        for (int i = 0; i < list.Scores.Length; i++)
        {
            double share = total > 0 ? list.Labels[i] / total : 1.0 / list.Labels.Length;
            sum += T.Constant(share) * (logSum - list.Scores[i]);
        }

        return new ListValue<T>(sum, 1);
    }
}

/// <summary><c>sum_i (psi_i - s_i)^2</c>: regression of each score by itself.</summary>
public readonly struct SquaredList : IListFormula
{
    public ListValue<T> Loss<T>(in RankedList<T> list)
        where T : struct, ILane<T>
    {
        T sum = T.Constant(0);
        for (int i = 0; i < list.Scores.Length; i++)
        {
            T residual = list.Scores[i] - T.Constant(list.Labels[i]);
            sum += residual * residual;
        }

        return new ListValue<T>(sum, list.Scores.Length);
    }
}

/// <summary><c>-sum_i (psi_i log sigmoid(s_i) + (1 - psi_i) log sigmoid(-s_i))</c>: classification of each completion by itself, psi in [0, 1].</summary>
public readonly struct SigmoidList : IListFormula
{
    public ListValue<T> Loss<T>(in RankedList<T> list)
        where T : struct, ILane<T>
    {
        T sum = T.Constant(0);
        for (int i = 0; i < list.Scores.Length; i++)
        {
            sum += T.Softplus(-list.Scores[i]) + StableForms.Share(T.Constant(1 - list.Labels[i]), list.Scores[i]);
        }

        return new ListValue<T>(sum, list.Scores.Length);
    }
}

/// <summary>Logarithm of a sum of exponentials.</summary>
internal static class LogSum
{
    /// <summary><c>log sum_i e^x_i</c> over some indices, at least one; the largest is taken out first.</summary>
    public static T Of<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> indices)
        where T : struct, ILane<T>
    {
        T most = values[indices[0]];
        foreach (int i in indices)
        {
            most = T.Max(most, values[i]);
        }

        most = T.Detach(most);
        T sum = T.Constant(0);
        foreach (int i in indices)
        {
            sum += T.Exp(values[i] - most);
        }

        return most + T.Log(sum);
    }
}
