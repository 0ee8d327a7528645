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

    /// <summary>
    /// <c>dx (=|+=) rstd (g - mean(g) - xhat mean(g xhat))</c>, <c>g = dy (w + offset)</c>, the mean of g only with layer norm; and <c>dw += sum dy xhat</c>,
    /// <c>db += sum dy</c>. The first groups own columns, each thread one chain down the vectors from the value already there; the others a vector each.
    /// </summary>
    /// <remarks>
    /// Column groups take part in the sums of the others, with zeros: every thread of a launch meets the same barriers, since PoCL mishandles one
    /// inside a condition, even where all threads of a group agree on it.
    /// </remarks>
    public static void BackwardKernel(NormBackwardArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        int vector = Grid.IdxX - a.ColumnGroups;
        bool isVector = vector >= 0;
        int width = isVector ? a.Extent.Width : 0;
        int row = isVector ? vector / a.Extent.PerRow : 0;
        int start = isVector ? vector % a.Extent.PerRow * width : 0;
        float rstd = isVector ? a.Rstd[vector] : 0f;
        float mean = !isVector || a.Mean.IsNone ? 0f : a.Mean[vector];
        float sumG = 0f;
        float sumGx = 0f;
        for (int c = Group.IdxX; c < width; c += GroupTree.GroupSize)
        {
            float g = a.Dy[row, start + c] * (a.W[c] + a.Offset);
            sumG += a.Mean.IsNone ? 0f : g;
            sumGx = (g * ((a.X[row, start + c] - mean) * rstd)) + sumGx;
        }

        float meanG = GroupTree.Sum(sumG, shared) / a.Extent.Width;
        float meanGx = GroupTree.Sum(sumGx, shared) / a.Extent.Width;
        for (int c = Group.IdxX; c < width; c += GroupTree.GroupSize)
        {
            float g = a.Dy[row, start + c] * (a.W[c] + a.Offset);
            float xhat = (a.X[row, start + c] - mean) * rstd;
            float value = rstd * (g - meanG - (xhat * meanGx));
            a.Dx[row, start + c] = a.IsAdded == 0 ? value : a.Dx[row, start + c] + value;
        }

        int column = (Grid.IdxX * GroupTree.GroupSize) + Group.IdxX;
        if (!isVector && column < a.Extent.Width)
        {
            AddColumn(a, column);
        }
    }

    /// <summary>Groups of <see cref="BackwardKernel"/> that own columns, a thread each.</summary>
    public static int ColumnGroups(int width) => (width + GroupTree.GroupSize - 1) / GroupTree.GroupSize;

    private static void AddColumn(NormBackwardArguments a, int c)
    {
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
