using FastAlign.Kernels;

namespace FastAlign.Tests.Losses;

/// <summary>A formula of one differentiated argument and one other, on any lane: what <see cref="FormulaLaneTests"/> runs over.</summary>
internal abstract record FormulaProbe
{
    /// <summary>Policy formulas, estimates of the KL, divergences (terms and slopes), score transforms.</summary>
    public static IReadOnlyList<FormulaProbe> All { get; } =
    [
        new Clipped(), new DualClipped(), new Unclipped(), new Plain(), new Weighted(), new Gamma(), new Soft(), new OneSided(), new AbsoluteRatio(),
        new Likelihood(), new Dynamic(), new K1(), new K2(), new K3(), new K3Corrected(), new KAbsolute(), new K3Plus(), new ValueClip(), new Step(),
        new Shaped(), new Forward(), new Reverse(), new Jensen(), new Floored(), new FlooredReverse(), new FlooredMixed(), new ForwardScore(),
        new AlphaScore(), new JensenScore(),
    ];

    public abstract Dual<T> Of<T>(T x, T a)
        where T : struct, ILane<T>;

    /// <summary>The argument is the log-ratio, and, moved so that it is negative, the log-prob.</summary>
    protected static Token<Dual<T>> Token<T>(T x, T a)
        where T : struct, ILane<T>
    {
        Dual<T> ratio = Dual<T>.Variable(x);
        return new Token<Dual<T>>
        {
            LogRatio = ratio,
            LogProb = ratio - Dual<T>.Constant(13),
            ReferenceLogRatio = ratio,
            SequenceLogRatio = Dual<T>.Fixed(x),
            Advantage = Dual<T>.Fixed(a),
        };
    }

    /// <summary>The term in place of the value, what the formula calls its slope in place of the derivative; log-probs below 0.</summary>
    protected static Dual<T> Divergence<T, TFormula>(TFormula formula, T x, T a)
        where T : struct, ILane<T>
        where TFormula : struct, IDivergenceFormula<T>
    {
        DivergenceTerm<T> term = formula.Term(x - T.Constant(10), a - T.Constant(3));
        return new Dual<T>(term.Value, term.Slope);
    }

    /// <summary>Masses of student and teacher in (0, 1).</summary>
    protected static Dual<T> Mass<T>(double beta, T x, T a)
        where T : struct, ILane<T> => new FlooredDivergence<Dual<T>>(beta).Term(Dual<T>.Sigmoid(Dual<T>.Variable(x)), Dual<T>.Fixed(T.Sigmoid(a)));

    private sealed record Clipped : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new ClippedRatio<Dual<T>>(0.2, 0.3, double.PositiveInfinity, double.PositiveInfinity).Value(Token(x, a));
    }

    private sealed record DualClipped : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new ClippedRatio<Dual<T>>(0.2, 0.3, 4, 3).Value(Token(x, a));
    }

    private sealed record Unclipped : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => default(UnclippedRatio<Dual<T>>).Value(Token(x, a));
    }

    private sealed record Plain : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => default(PolicyGradient<Dual<T>>).Value(Token(x, a));
    }

    private sealed record Weighted : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new WeightedPolicyGradient<Dual<T>>(0.5, 2).Value(Token(x, a));
    }

    private sealed record Gamma : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new GammaWeightedPolicyGradient<Dual<T>>(new GammaWeight<Dual<T>>(2, 3, 3, 2)).Value(Token(x, a));
    }

    private sealed record Soft : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new SoftGate<Dual<T>>(1, 1.05).Value(Token(x, a));
    }

    private sealed record OneSided : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new OneSidedLogRatio<Dual<T>>(0.2, 0.3).Value(Token(x, a));
    }

    private sealed record AbsoluteRatio : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => default(AbsoluteLogRatio<Dual<T>>).Value(Token(x, a));
    }

    private sealed record Likelihood : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => default(NegativeLogLikelihood<Dual<T>>).Value(Token(x, a));
    }

    private sealed record Dynamic : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => default(DynamicFineTuning<Dual<T>>).Value(Token(x, a));
    }

    private sealed record K1 : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new ReferenceKl<Dual<T>, KlK1<Dual<T>>>(new KlK1<Dual<T>>(10), false).Value(Token(x, a));
    }

    private sealed record K2 : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new ReferenceKl<Dual<T>, KlK2<Dual<T>>>(new KlK2<Dual<T>>(double.PositiveInfinity), false).Value(Token(x, a));
    }

    private sealed record K3 : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new ReferenceKl<Dual<T>, KlK3<Dual<T>>>(new KlK3<Dual<T>>(20, 10), false).Value(Token(x, a));
    }

    private sealed record K3Corrected : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new ReferenceKl<Dual<T>, KlK3<Dual<T>>>(new KlK3<Dual<T>>(double.PositiveInfinity, double.PositiveInfinity), true).Value(Token(x, a));
    }

    private sealed record KAbsolute : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new ReferenceKl<Dual<T>, KlAbsolute<Dual<T>>>(new KlAbsolute<Dual<T>>(double.PositiveInfinity), false).Value(Token(x, a));
    }

    private sealed record K3Plus : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new ReferenceKl<Dual<T>, KlStraightThrough<Dual<T>, KlK3<Dual<T>>>>(new KlStraightThrough<Dual<T>, KlK3<Dual<T>>>(new KlK3<Dual<T>>(double.PositiveInfinity, double.PositiveInfinity)), false).Value(Token(x, a));
    }

    private sealed record ValueClip : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new ClippedValue<Dual<T>>(0.2).Loss(Dual<T>.Variable(x), Dual<T>.Constant(0.5), Dual<T>.Fixed(a));
    }

    private sealed record Step : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new AdvantageStep<Dual<T>>(0.99, 0.95).Advantage(Dual<T>.Fixed(a), Dual<T>.Variable(x), Dual<T>.Constant(0.25), Dual<T>.Fixed(a));
    }

    private sealed record Shaped : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new ShapedReward<Dual<T>>(0.05).Of(Dual<T>.Fixed(a), Dual<T>.Variable(x));
    }

    private sealed record Forward : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => Divergence(default(ForwardKl<T>), x, a);
    }

    private sealed record Reverse : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => Divergence(default(ReverseKl<T>), x, a);
    }

    private sealed record Jensen : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => Divergence(new JensenShannon<T>(0.3), x, a);
    }

    private sealed record Floored : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => Mass(0, x, a);
    }

    private sealed record FlooredReverse : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => Mass(1, x, a);
    }

    private sealed record FlooredMixed : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => Mass(0.3, x, a);
    }

    private sealed record ForwardScore : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new PowerScore<Dual<T>>(1, 80).Of(Dual<T>.Variable(x));
    }

    private sealed record AlphaScore : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => new PowerScore<Dual<T>>(-0.5, 80).Of(Dual<T>.Variable(x));
    }

    private sealed record JensenScore : FormulaProbe
    {
        public override Dual<T> Of<T>(T x, T a) => default(JensenShannonScore<Dual<T>>).Of(Dual<T>.Variable(x));
    }
}
