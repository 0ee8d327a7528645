namespace FastAlign.Kernels.Device;

/// <summary>
/// <c>result[i, j] = start + sum_k a(i, k) b(j, k)</c>, then <c>+ bias[j]</c>, then <c>+ residual[i, j]</c>. Which of a and b are stored with k as their rows,
/// and whether the chain starts from 0 or from the result, is the form (<see cref="IGemmForm"/>).
/// </summary>
/// <param name="A">a(i, k).</param>
/// <param name="B">b(j, k).</param>
/// <param name="Result">[I, J].</param>
/// <param name="Bias">[J], or none.</param>
/// <param name="Residual">[I, J], or none; may be the result.</param>
/// <param name="RowSums">[I] <c>+= sum_k a(i, k)</c>, or none: the bias gradient.</param>
/// <param name="I">Rows of the result.</param>
/// <param name="J">Columns of the result.</param>
/// <param name="K">Length of the chain.</param>
public readonly record struct GemmArguments(
    MatrixView<float> A, StoredMatrix B, MatrixView<float> Result, VectorView<float> Bias, MatrixView<float> Residual, VectorView<float> RowSums, int I, int J, int K);

/// <summary>Storage of the operands of a product as a type, so that each form is compiled for itself.</summary>
public interface IGemmForm
{
    /// <summary>Whether a(i, k) lies at row k, column i.</summary>
    bool IsATransposed { get; }

    /// <summary>Whether b(j, k) lies at row k, column j.</summary>
    bool IsBTransposed { get; }

    /// <summary>Whether chains start from the value already in the result.</summary>
    bool IsAccumulated { get; }
}

/// <summary><c>y = x wᵀ</c>: a = x [N, K], b = w [O, K].</summary>
public readonly struct ForwardForm : IGemmForm
{
    public bool IsATransposed => false;

    public bool IsBTransposed => false;

    public bool IsAccumulated => false;
}

/// <summary><c>dx = dy w</c>: a = dy [N, O], b(j, k) = w [k, j].</summary>
public readonly struct InputGradientForm : IGemmForm
{
    public bool IsATransposed => false;

    public bool IsBTransposed => true;

    public bool IsAccumulated => false;
}

/// <summary><c>dw += dyᵀ x</c>: a(i, k) = dy [k, i], b(j, k) = x [k, j].</summary>
public readonly struct WeightGradientForm : IGemmForm
{
    public bool IsATransposed => true;

    public bool IsBTransposed => true;

    public bool IsAccumulated => true;
}
