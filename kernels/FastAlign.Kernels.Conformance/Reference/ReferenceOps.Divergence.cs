using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

internal sealed partial class ReferenceOps
{
    public void DivergenceHeadForward(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs)
    {
        for (int i = 0; i < student.X.Rows; i++)
        {
            double[] s = LogProbs(student, spec.Student, i);
            double[] t = LogProbs(teacher, spec.Teacher, i);
            double value = 0;
            double slopes = 0;
            for (int v = 0; v < s.Length; v++)
            {
                value += Divergence(spec.Beta, s[v], t[v]);
                slopes += DivergenceSlope(spec.Beta, s[v], t[v]);
            }

            outputs.Value.HostSpan<double>()[i] = value;
            outputs.SlopeSum.HostSpan<double>()[i] = slopes;
        }
    }

    public void DivergenceHeadBackward(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, Tensor dValue, in VocabularyGradients gradients)
    {
        for (int i = 0; i < student.X.Rows; i++)
        {
            double[] s = LogProbs(student, spec.Student, i);
            double[] t = LogProbs(teacher, spec.Teacher, i);
            double slopes = outputs.SlopeSum.HostSpan<double>()[i];
            double d = dValue.HostSpan<double>()[i];
            double[] dz = new double[s.Length];
            for (int v = 0; v < s.Length; v++)
            {
                dz[v] = d * (DivergenceSlope(spec.Beta, s[v], t[v]) - (Math.Exp(s[v]) * slopes));
            }

            PropagateLogits(student, spec.Student, i, dz, gradients);
        }
    }

    public void TopTokens(in VocabularyRows rows, Tensor logits, Tensor ids)
    {
        int k = logits.Shape[1];
        for (int i = 0; i < rows.X.Rows; i++)
        {
            double[] products = Products(rows, i);
            int[] order = [.. Enumerable.Range(0, products.Length).OrderByDescending(v => products[v]).ThenBy(v => v).Take(k)];
            for (int j = 0; j < k; j++)
            {
                logits.HostSpan<double>()[(i * k) + j] = products[order[j]];
                ids.HostSpan<int>()[(i * k) + j] = order[j];
            }
        }
    }

    public void SelectedLogProbsForward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor logProb)
    {
        int k = ids.Shape[1];
        for (int i = 0; i < rows.X.Rows; i++)
        {
            double[] s = LogProbs(rows, spec, i);
            for (int j = 0; j < k; j++)
            {
                logProb.HostSpan<double>()[(i * k) + j] = s[ids.HostSpan<int>()[(i * k) + j]];
            }
        }
    }

    public void SelectedLogProbsBackward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor dLogProb, in VocabularyGradients gradients)
    {
        int k = ids.Shape[1];
        for (int i = 0; i < rows.X.Rows; i++)
        {
            double[] s = LogProbs(rows, spec, i);
            double[] dz = new double[s.Length];
            for (int j = 0; j < k; j++)
            {
                double d = dLogProb.HostSpan<double>()[(i * k) + j];
                dz[ids.HostSpan<int>()[(i * k) + j]] += d;
                for (int v = 0; v < dz.Length; v++)
                {
                    dz[v] -= d * Math.Exp(s[v]);
                }
            }

            PropagateLogits(rows, spec, i, dz, gradients);
        }
    }

    /// <summary>Written from the mixture <c>m</c> itself, in logarithms.</summary>
    private static double Divergence(double beta, double s, double t)
    {
        (double p, double q) = (Math.Exp(s), Math.Exp(t));
        if (beta is 0 or 1)
        {
            return beta == 0 ? q * (t - s) : p * (s - t);
        }

        double m = LogMixture(beta, s, t);
        return (beta * q * (t - m)) + ((1 - beta) * p * (s - m));
    }

    /// <summary>Derivative of the sum by s, up to a multiple of p.</summary>
    private static double DivergenceSlope(double beta, double s, double t) => beta switch
    {
        0 => -Math.Exp(t),
        1 => Math.Exp(s) * (s - t),
        _ => (1 - beta) * Math.Exp(s) * (s - LogMixture(beta, s, t)),
    };

    private static double LogMixture(double beta, double s, double t) => LogSumExp([Math.Log(beta) + t, Math.Log(1 - beta) + s]);

    private static double[] LogProbs(in VocabularyRows rows, HeadSpec spec, int row)
    {
        double[] z = new double[rows.W.Rows];
        Logits(Inputs(rows), spec, row, z);
        double logZ = rows.LogZ.HostSpan<double>()[row];
        return Array.ConvertAll(z, logit => logit - logZ);
    }

    private static double[] Products(in VocabularyRows rows, int row)
    {
        double[] products = new double[rows.W.Rows];
        Logits(Inputs(rows), new HeadSpec(), row, products);
        return products;
    }

    private static HeadInputs Inputs(in VocabularyRows rows) => new(rows.X, rows.W, rows.Bias, Tensor.None);

    /// <summary>From the derivatives by the logits of one row to those by its hidden state, the weights and the bias.</summary>
    private static void PropagateLogits(in VocabularyRows rows, HeadSpec spec, int row, double[] dz, in VocabularyGradients gradients)
    {
        double[] z = new double[dz.Length];
        Logits(Inputs(rows), spec, row, z);
        Span<double> dx = new RowView(gradients.X)[row];
        if (gradients.Write == Write.Assign)
        {
            dx.Clear();
        }

        for (int v = 0; v < dz.Length; v++)
        {
            double dLogit = dz[v] * LogitSlope(spec, z[v]);
            AddScaled(new RowView(rows.W)[v], dLogit, dx);
            if (!gradients.W.IsNone)
            {
                AddScaled(new RowView(rows.X)[row], dLogit, new RowView(gradients.W)[v]);
            }

            if (!gradients.Bias.IsNone)
            {
                gradients.Bias.HostSpan<double>()[v] += dLogit;
            }
        }
    }
}
