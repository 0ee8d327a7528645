using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>
/// One op at one shape: operands, the call, a bound of its rounding errors, the work it does. The verifier, the tests, the benchmark and the
/// tool all enumerate <see cref="KernelCases.All"/>; a case runs on any <see cref="Backend"/> and its oracle is the same call on
/// <see cref="ReferenceBackend"/>.
/// </summary>
public abstract class KernelCase
{
    /// <summary>Longer operands repeat their values, to be made in less time than the op takes. A prime, so that no two rows are equal.</summary>
    private const int DistinctValues = 1048573;

    private readonly Lazy<double> _gradientError;
    private readonly List<Operand> _operands = [];
    private readonly List<(string Output, string Derivative)> _cotangents = [];
    private readonly List<(string Input, string Gradient)> _gradients = [];

    /// <param name="op">Name of the op.</param>
    /// <param name="variant">What distinguishes this case from others of the op; no spaces.</param>
    protected KernelCase(string op, string variant)
    {
        (Op, Name) = (op, $"{op}/{variant}");
        _gradientError = new Lazy<double>(() => GradientCheck.Run(this));
    }

    /// <summary>Name of the op, e.g. <c>rms_norm</c>.</summary>
    public string Op { get; }

    /// <summary>Unique and immutable, e.g. <c>rms_norm/5x123-strided</c>.</summary>
    public string Name { get; }

    public IReadOnlyList<Operand> Operands => _operands;

    /// <summary>Whether there is a backward call.</summary>
    public bool HasBackward { get; private set; }

    /// <summary>What <see cref="GradientCheck"/> finds: it is of the reference alone, so once is enough for all backends that the case is verified on.</summary>
    internal double GradientError => _gradientError.Value;

    /// <summary>Floating-point operations of the forward call; a fused multiply-add counts two, an exponential ten.</summary>
    public abstract long ForwardFlops { get; }

    /// <summary>Floating-point operations of the backward call.</summary>
    public virtual long BackwardFlops => 0;

    /// <summary>Outputs and the inputs that hold the loss's derivative by them.</summary>
    public IReadOnlyList<(string Output, string Derivative)> Cotangents => _cotangents;

    /// <summary>Differentiable inputs and the operands that receive their gradients.</summary>
    public IReadOnlyList<(string Input, string Gradient)> Gradients => _gradients;

    public abstract void Forward(IOps ops, CaseTensors t);

    public virtual void Backward(IOps ops, CaseTensors t) => throw new NotSupportedException($"{Name} has no backward call");

    /// <summary>The forward call on a backend: an op, unless the case is of what lies beside them.</summary>
    internal virtual void Forward(Backend backend, CaseTensors t) => Forward(backend.Ops, t);

    /// <summary>The backward call on a backend.</summary>
    internal virtual void Backward(Backend backend, CaseTensors t) => Backward(backend.Ops, t);

    /// <summary>What a call does at the least: its operations, each operand read or written once, and both where it is added to. Reals are counted as F32.</summary>
    public Work WorkOf(CasePhase phase)
    {
        double read = 0;
        double written = 0;
        foreach (Operand operand in _operands)
        {
            double bytes = (double)Touched(phase, operand) * (operand.Type ?? DType.F32).Bytes();
            bool isWritten = CaseRun.Writes(phase, operand.Role);
            written += isWritten ? bytes : 0;
            read += !isWritten || operand.Role is OperandRole.Sum or OperandRole.GradientSum ? bytes : 0;
        }

        return new Work(phase == CasePhase.Forward ? ForwardFlops : BackwardFlops, read, written);
    }

    public override string ToString() => Name;

    /// <summary>Smaller cases that give some elements of each result, for cases that are too large for naive loops; empty where they are not.</summary>
    internal virtual IEnumerable<CasePart> Parts() => [];

    /// <summary>Takes other initial values: a part has those of its whole.</summary>
    internal void Adopt(Values values)
    {
        for (int i = 0; i < _operands.Count; i++)
        {
            string name = _operands[i].Name;
            _operands[i] = values.Has(name) ? _operands[i] with { Values = values[name] } : _operands[i];
        }
    }

    /// <summary>
    /// Sets an upper bound of |computed - exact| for each element that the forward call writes. Operands without one must be exact.
    /// </summary>
    /// <param name="v">Inputs, and the outputs of the reference.</param>
    /// <param name="u">Unit roundoff of the backend: 2^-24 for F32.</param>
    /// <param name="bounds">Receives one array per operand.</param>
    internal virtual void BoundForward(Values v, double u, Values bounds)
    {
    }

    /// <summary>As <see cref="BoundForward"/>, for the backward call.</summary>
    internal virtual void BoundBackward(Values v, double u, Values bounds)
    {
    }

    /// <summary>Every operand as the first call finds it.</summary>
    internal Values InitialValues()
    {
        var values = new Values();
        foreach (Operand operand in _operands)
        {
            if (operand.Role is OperandRole.Input or OperandRole.Sum or OperandRole.GradientSum)
            {
                values[operand.Name] = operand.Values;
            }
        }

        return values;
    }

    /// <summary>Elements of an operand that a call touches. By default a forward call touches all but derivatives, a backward call all but what forward updates.</summary>
    protected virtual long Touched(CasePhase phase, Operand operand)
    {
        bool isDerivative = _cotangents.Exists(pair => pair.Derivative == operand.Name);
        bool isTouched = phase == CasePhase.Forward
            ? !isDerivative && operand.Role is OperandRole.Input or OperandRole.Output or OperandRole.Sum
            : operand.Role is not OperandRole.Sum;
        return isTouched ? operand.Shape.Length : 0;
    }

    protected void Input(string name, Shape shape, double scale = 1, int padding = 0) => Place(name, shape, OperandRole.Input, scale, padding);

    protected void Input(string name, Shape shape, double[] values, DType? type = null, int padding = 0) =>
        _operands.Add(new Operand(name, shape, OperandRole.Input, type, padding, values));

    /// <summary>Row numbers, token ids or positions: uniform in [0, <paramref name="bound"/>).</summary>
    protected void Ids(string name, int count, int bound)
    {
        Philox random = Stream();
        double[] ids = new double[count];
        for (int i = 0; i < count; i++)
        {
            ids[i] = random.Integer((ulong)i, bound);
        }

        Input(name, new Shape(count), ids, DType.I32);
    }

    protected void Output(string name, Shape shape, int padding = 0, DType? type = null) =>
        _operands.Add(new Operand(name, shape, OperandRole.Output, type, padding, []));

    protected void Sum(string name, Shape shape, int padding = 0, double scale = 1) => Place(name, shape, OperandRole.Sum, scale, padding);

    protected void Sum(string name, Shape shape, double[] values) => _operands.Add(new Operand(name, shape, OperandRole.Sum, null, 0, values));

    /// <summary>Declares that the loss's derivative by <paramref name="output"/> is the input <c>d</c> + name.</summary>
    protected void Cotangent(string output, Shape shape, int padding = 0)
    {
        string name = DerivativeName(output);
        Input(name, shape, padding: padding);
        _cotangents.Add((output, name));
    }

    /// <summary>Declares that the backward call writes the gradient by <paramref name="input"/> into an operand <c>d</c> + name.</summary>
    protected void Gradient(string input, Write write, int padding = 0)
    {
        Operand of = Find(input);
        string name = DerivativeName(input);
        HasBackward = true;
        _gradients.Add((input, name));
        if (write == Write.Add)
        {
            Place(name, of.Shape, OperandRole.GradientSum, 1, padding);
        }
        else
        {
            _operands.Add(new Operand(name, of.Shape, OperandRole.Gradient, null, padding, []));
        }
    }

    protected Operand Find(string name) => _operands.Find(operand => operand.Name == name)
        ?? throw new ArgumentException($"{Name} has no operand {name}", nameof(name));

    /// <summary>A stream of its own for each operand of each case.</summary>
    protected Philox Stream()
    {
        // FNV-1a of the name: the seed must not depend on the order in which cases are listed.
        ulong seed = 14695981039346656037;
        foreach (char letter in Name)
        {
            seed = (seed ^ letter) * 1099511628211;
        }

        return new Philox(seed, RandomPurpose.Test, (ulong)_operands.Count);
    }

    private static string DerivativeName(string name) => $"d{char.ToUpperInvariant(name[0])}{name[1..]}";

    private void Place(string name, Shape shape, OperandRole role, double scale, int padding)
    {
        Philox random = Stream();
        double[] values = new double[shape.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = i < DistinctValues ? (float)(scale * random.Normal((ulong)i)) : values[i - DistinctValues];
        }

        _operands.Add(new Operand(name, shape, role, null, padding, values));
    }
}
