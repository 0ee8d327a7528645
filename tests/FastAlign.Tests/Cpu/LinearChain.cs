namespace FastAlign.Tests.Cpu;

/// <summary>The order promise of the linear ops in three plain loops: one ascending chain per element, fused where the instruction set fuses.</summary>
internal sealed class LinearChain(float[] x, float[] w, float[] dy, int n, int o, int k, bool isFused)
{
    public float[] Forward(float[]? bias, float[]? residual)
    {
        float[] y = new float[n * o];
        for (int i = 0; i < y.Length; i++)
        {
            (int row, int column) = (i / o, i % o);
            float sum = 0;
            for (int j = 0; j < k; j++)
            {
                sum = MultiplyAdd(x[(row * k) + j], w[(column * k) + j], sum);
            }

            sum = bias is null ? sum : sum + bias[column];
            y[i] = residual is null ? sum : sum + residual[i];
        }

        return y;
    }

    public float[] BackwardInput(float[]? old)
    {
        float[] dx = new float[n * k];
        for (int i = 0; i < dx.Length; i++)
        {
            (int row, int column) = (i / k, i % k);
            float sum = 0;
            for (int j = 0; j < o; j++)
            {
                sum = MultiplyAdd(dy[(row * o) + j], w[(j * k) + column], sum);
            }

            dx[i] = old is null ? sum : sum + old[i];
        }

        return dx;
    }

    public (float[] Weight, float[] Bias) BackwardWeight(float[] oldWeight, float[] oldBias)
    {
        (float[] dw, float[] dbias) = ([.. oldWeight], [.. oldBias]);
        for (int row = 0; row < n; row++)
        {
            for (int i = 0; i < dw.Length; i++)
            {
                dw[i] = MultiplyAdd(dy[(row * o) + (i / k)], x[(row * k) + (i % k)], dw[i]);
            }

            for (int i = 0; i < o; i++)
            {
                dbias[i] += dy[(row * o) + i];
            }
        }

        return (dw, dbias);
    }

    private float MultiplyAdd(float a, float b, float sum) => isFused ? MathF.FusedMultiplyAdd(a, b, sum) : (a * b) + sum;
}
