using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>How the divergence head is called.</summary>
/// <param name="Spec">Divergence and logit transforms.</param>
/// <param name="HasBias">With biases, and the student's gradient.</param>
/// <param name="IsFrozen">No gradient of W.</param>
/// <param name="Write">Of dX.</param>
internal sealed record DivergenceVariant(DivergenceSpec Spec, bool HasBias = false, bool IsFrozen = false, Write Write = Write.Assign);

/// <summary>Divergence of two heads of different width, after the log-normalisers that it needs; the student's gradient.</summary>
internal sealed class DivergenceCase : KernelCase
{
    public DivergenceCase(string name, int rows, (int Student, int Teacher) width, int vocabulary, DivergenceVariant variant)
        : base(OpNames.DivergenceHead, name)
    {
        (Rows, Width, TeacherWidth, Vocabulary, Variant) = (rows, width.Student, width.Teacher, vocabulary, variant);
        StudentLogits = new LogitOperands("x", "w", variant.HasBias ? "bias" : null);
        TeacherLogits = new LogitOperands("teacherX", "teacherW", variant.HasBias ? "teacherBias" : null);
        Model(StudentLogits, Width);
        Model(TeacherLogits, TeacherWidth);
        Ids("targets", rows, vocabulary);
        foreach (string output in (string[])["logProb", "logZ", "teacherLogProb", "teacherLogZ", "value", "slopeSum"])
        {
            Output(output, new Shape(rows));
        }

        Cotangent("value", new Shape(rows));
        Gradient("x", variant.Write);
        if (!variant.IsFrozen)
        {
            Gradient("w", Write.Add);
        }

        if (variant.HasBias)
        {
            Gradient("bias", Write.Add);
        }
    }

    public int Rows { get; }

    public int Width { get; }

    public int TeacherWidth { get; }

    public int Vocabulary { get; }

    public DivergenceVariant Variant { get; }

    public LogitOperands StudentLogits { get; }

    public LogitOperands TeacherLogits { get; }

    /// <summary>Both products twice: for the log-normalisers, then for the divergence.</summary>
    public override long ForwardFlops => (long)Rows * Vocabulary * ((4L * (Width + TeacherWidth)) + 64);

    public override long BackwardFlops => (long)Rows * Vocabulary * (((Variant.IsFrozen ? 4L : 6L) * Width) + (2L * TeacherWidth) + 50);

    public override void Forward(IOps ops, CaseTensors t)
    {
        (VocabularyRows student, VocabularyRows teacher) = (Side(t, StudentLogits, "logZ"), Side(t, TeacherLogits, "teacherLogZ"));
        Normalize(ops, student, Variant.Spec.Student, t["targets"], t["logProb"]);
        Normalize(ops, teacher, Variant.Spec.Teacher, t["targets"], t["teacherLogProb"]);
        ops.DivergenceHeadForward(student, teacher, Variant.Spec, Outputs(t));
    }

    public override void Backward(IOps ops, CaseTensors t)
    {
        (VocabularyRows student, VocabularyRows teacher) = (Side(t, StudentLogits, "logZ"), Side(t, TeacherLogits, "teacherLogZ"));
        var gradients = new VocabularyGradients(Variant.Write, t["dX"], t.Optional("dW"), t.Optional("dBias"));
        ops.DivergenceHeadBackward(student, teacher, Variant.Spec, Outputs(t), t["dValue"], gradients);
    }

    internal override void BoundForward(Values v, double u, Values bounds) => new DivergenceBound(this, v, u).Forward(bounds);

    internal override void BoundBackward(Values v, double u, Values bounds)
    {
        bounds["dX"] = Variant.Write == Write.Add ? Chain("dX", Vocabulary, u) : new double[Rows * Width];
        foreach (string sum in (string[])["dW", "dBias"])
        {
            if (Operands.Any(operand => operand.Name == sum))
            {
                bounds[sum] = Chain(sum, Rows, u);
            }
        }

        new DivergenceBound(this, v, u).Backward(bounds);
    }

    /// <summary>A chain of additions onto a value moves that value by one rounding each.</summary>
    private double[] Chain(string operand, int terms, double u) => Array.ConvertAll(Find(operand).Values, x => (terms + 2) * u * Math.Abs(x));

    private void Model(LogitOperands names, int width)
    {
        Input(names.X, new Shape(Rows, width));
        Input(names.W, new Shape(Vocabulary, width), 2 / Math.Sqrt(width));
        if (names.Bias is not null)
        {
            Input(names.Bias, new Shape(Vocabulary));
        }
    }

    private static void Normalize(IOps ops, in VocabularyRows rows, HeadSpec spec, Tensor targets, Tensor logProb) =>
        ops.LogProbHeadForward(new HeadInputs(rows.X, rows.W, rows.Bias, targets), spec, new HeadOutputs(logProb, rows.LogZ));

    private static VocabularyRows Side(CaseTensors t, LogitOperands names, string logZ) =>
        new(t[names.X], t[names.W], names.Bias is null ? Tensor.None : t[names.Bias], t[logZ]);

    private static DivergenceOutputs Outputs(CaseTensors t) => new(t["value"], t["slopeSum"]);
}
