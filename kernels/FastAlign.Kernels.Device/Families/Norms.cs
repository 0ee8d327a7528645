using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// RMS norm (Zhang and Sennrich, 2019), <c>y = x rstd (w + offset)</c>, and layer norm (Ba et al., 2016), <c>y = (x - mean) rstd (w + offset) + b</c>:
/// one group per vector, sums by the tree of <see cref="GroupTree"/>.
/// </summary>
public static class Norms
{
    public static void RmsNormForwardKernel(NormForwardArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        (int vector, int width) = (Grid.IdxX, a.Extent.Width);
        int row = vector / a.Extent.PerRow;
        int start = vector % a.Extent.PerRow * width;
        float squares = 0f;
        for (int c = Group.IdxX; c < width; c += GroupTree.GroupSize)
        {
            float x = a.X[row, start + c];
            squares = (x * x) + squares;
        }

        float rstd = 1f / MathF.Sqrt((GroupTree.Sum(squares, shared) / width) + a.Epsilon);
        for (int c = Group.IdxX; c < width; c += GroupTree.GroupSize)
        {
            a.Y[row, start + c] = a.X[row, start + c] * rstd * (a.W[c] + a.Offset);
        }

        if (Group.IdxX == 0)
        {
            a.Rstd[vector] = rstd;
        }
    }

    public static void LayerNormForwardKernel(NormForwardArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        (int vector, int width) = (Grid.IdxX, a.Extent.Width);
        int row = vector / a.Extent.PerRow;
        int start = vector % a.Extent.PerRow * width;
        float sum = 0f;
        for (int c = Group.IdxX; c < width; c += GroupTree.GroupSize)
        {
            sum += a.X[row, start + c];
        }

        float mean = GroupTree.Sum(sum, shared) / width;
        float squares = 0f;
        for (int c = Group.IdxX; c < width; c += GroupTree.GroupSize)
        {
            float centred = a.X[row, start + c] - mean;
            squares = (centred * centred) + squares;
        }

        float rstd = 1f / MathF.Sqrt((GroupTree.Sum(squares, shared) / width) + a.Epsilon);
        for (int c = Group.IdxX; c < width; c += GroupTree.GroupSize)
        {
            float scaled = (a.X[row, start + c] - mean) * rstd * (a.W[c] + a.Offset);
            a.Y[row, start + c] = a.B.IsNone ? scaled : scaled + a.B[c];
        }

        if (Group.IdxX == 0)
        {
            a.Mean[vector] = mean;
            a.Rstd[vector] = rstd;
        }
    }

    /// <summary><c>dx (=|+=) rstd (g - mean(g) - xhat mean(g xhat))</c>, <c>g = dy (w + offset)</c>; the mean of g only with layer norm.</summary>
    public static void InputGradientKernel(NormBackwardArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        (int vector, int width) = (Grid.IdxX, a.Extent.Width);
        int row = vector / a.Extent.PerRow;
        int start = vector % a.Extent.PerRow * width;
        float rstd = a.Rstd[vector];
        float mean = a.Mean.IsNone ? 0f : a.Mean[vector];
        float sumG = 0f;
        float sumGx = 0f;
        for (int c = Group.IdxX; c < width; c += GroupTree.GroupSize)
        {
            float g = a.Dy[row, start + c] * (a.W[c] + a.Offset);
            sumG += a.Mean.IsNone ? 0f : g;
            sumGx = (g * ((a.X[row, start + c] - mean) * rstd)) + sumGx;
        }

        // Not skipped for RMS norm: PoCL mishandles a barrier inside a condition, even one that every thread agrees on.
        float meanG = GroupTree.Sum(sumG, shared) / width;
        float meanGx = GroupTree.Sum(sumGx, shared) / width;
        for (int c = Group.IdxX; c < width; c += GroupTree.GroupSize)
        {
            float g = a.Dy[row, start + c] * (a.W[c] + a.Offset);
            float xhat = (a.X[row, start + c] - mean) * rstd;
            float value = rstd * (g - meanG - (xhat * meanGx));
            a.Dx[row, start + c] = a.IsAdded == 0 ? value : a.Dx[row, start + c] + value;
        }
    }

    /// <summary><c>dw += sum dy xhat</c>, <c>db += sum dy</c>: one thread per column, one chain down the vectors from the value already there.</summary>
    public static void WeightGradientKernel(NormBackwardArguments a)
    {
        int c = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (c >= a.Extent.Width)
        {
            return;
        }

        float weight = a.Dw.IsNone ? 0f : a.Dw[c];
        float bias = a.Db.IsNone ? 0f : a.Db[c];
        for (int vector = 0; vector < a.Extent.Vectors; vector++)
        {
            int row = vector / a.Extent.PerRow;
            int start = vector % a.Extent.PerRow * a.Extent.Width;
            float mean = a.Mean.IsNone ? 0f : a.Mean[vector];
            float dy = a.Dy[row, start + c];
            weight = (dy * ((a.X[row, start + c] - mean) * a.Rstd[vector])) + weight;
            bias += dy;
        }

        if (!a.Dw.IsNone)
        {
            a.Dw[c] = weight;
        }

        if (!a.Db.IsNone)
        {
            a.Db[c] = bias;
        }
    }
}
